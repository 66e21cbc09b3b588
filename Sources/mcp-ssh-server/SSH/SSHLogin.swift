import EventIO
import Glibc

/// Makes the two kinds of connections: one with a shell to stay, one that ends a process group.
struct SSHLogin: Sendable {
  /// How ssh is run.
  let settings: SSHClientSettings

  /// Logs in and waits until the shell answers.
  @ServerLoop
  func openShell(for key: PoolKey) async throws(LoginFailure) -> RemoteShell {
    let prompt = try makePrompt(for: key)
    let shell: RemoteShell
    do throws(Errno) {
      shell = try RemoteShell(
        settings.process(for: key, promptEnvironment: prompt?.environment ?? [:])
      )
    } catch {
      throw LoginFailure(cannotStart: "\(error)")
    }
    defer { withExtendedLifetime(prompt) {} }
    do throws(CommandFailure) {
      try await shell.begin(timeout: settings.connectTimeout)
      return shell
    } catch {
      shell.close()
      switch error {
      case .connectionLost:
        throw LoginFailure(
          sshOutput: shell.lastWords,
          shellOutput: shell.firstOutput,
          destination: key.destination
        )
      case .timedOut, .cancelled:
        let limit = "\(settings.connectTimeout.seconds.plainText) s"
        throw LoginFailure(
          timedOutAfter: limit,
          shellOutput: shell.firstOutput,
          destination: key.destination
        )
      }
    }
  }

  /// Ends a shell's process group at the other end, which closing ssh alone would leave running.
  ///
  /// Nobody waits for it: it is one more ssh process, ended at its own deadline.
  @ServerLoop
  func endProcessGroup(_ group: Int, for key: PoolKey) {
    guard group > 1 else { return }
    let ending = "kill -TERM -\(group); sleep 1; kill -KILL -\(group)"
    do {
      let prompt = try makePrompt(for: key)
      let process = try SSHChildren.spawn(
        settings.process(
          for: key,
          promptEnvironment: prompt?.environment ?? [:],
          remoteCommand: "exec /bin/sh -c '\(ending)'"
        )
      )
      let deadline = MonotonicInstant.now() + settings.connectTimeout + .seconds(2)
      SSHChildren.reap(process, killingAt: deadline, keepingAlive: prompt)
    } catch {
      // Without processes or descriptors to spare, the command ends by itself or not at all.
    }
  }

  private func makePrompt(for key: PoolKey) throws(LoginFailure) -> PasswordPrompt? {
    guard case .password(let password) = key.credential else { return nil }
    do throws(Errno) {
      return try PasswordPrompt(
        password: String(decoding: password, as: UTF8.self),
        answeredBy: settings.askpassProgram
      )
    } catch {
      throw LoginFailure(cannotStart: "\(error)")
    }
  }
}
