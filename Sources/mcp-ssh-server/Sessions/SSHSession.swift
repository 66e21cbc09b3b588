import EventIO

/// One login as a client sees it: it holds a connection of the pool until it is closed.
///
/// Commands queue up in the order of their requests. A connection that ended is replaced for the
/// next command: nothing is lost, since no command leaves state behind in the shell.
@ServerLoop
final class SSHSession {
  /// What sessions share.
  @ServerLoop
  struct Environment {
    let pool: ConnectionPool
    let counter: SSHSessionCounter
    let metrics: ServerMetrics

    /// Where it is written who did what; nil if nowhere.
    let audit: AuditTrail?

    /// The most that is kept of each output stream.
    let outputLimitBytes: Int

    /// How long a command may take.
    let commandTimeout: Duration
  }

  /// What the client names it by.
  let id: String

  /// Where it leads.
  let key: PoolKey

  /// How many commands it has run.
  private(set) var commandCount = 0

  /// How long each may take.
  var commandTimeout: Duration { environment.commandTimeout }

  private let client: AuditedClient
  private let start = MonotonicInstant.now()
  private let environment: Environment
  private let isReusable: Bool
  private var pooled: PooledShell?
  private var isClosed = false
  private let turns = FirstComeQueue()

  init(
    id: String,
    key: PoolKey,
    isReusable: Bool,
    pooled: PooledShell,
    client: AuditedClient,
    environment: Environment
  ) {
    self.id = id
    self.key = key
    self.isReusable = isReusable
    self.pooled = pooled
    self.client = client
    self.environment = environment
  }

  /// Runs a command when those before it are done.
  func run(
    _ command: RemoteCommand,
    _ cancellation: Cancellation
  ) async throws(SSHSessionFailure) -> CommandOutcome {
    let host = key.destination.host
    do throws(SSHSessionFailure) {
      let outcome = try await runInTurn(command, cancellation)
      environment.metrics.commands.add(1, host, "success")
      environment.metrics.commandDuration.observe(outcome.duration, host)
      return outcome
    } catch {
      environment.metrics.commands.add(1, host, "error")
      throw error
    }
  }

  private func runInTurn(
    _ command: RemoteCommand,
    _ cancellation: Cancellation
  ) async throws(SSHSessionFailure) -> CommandOutcome {
    await turns.take()
    defer { turns.give() }
    let pooled = try await livePooledShell()
    guard !cancellation.isRequested else { throw .command(.cancelled) }
    commandCount += 1
    if command.isUnlimited, !command.isPlainProgram { pooled.shell.isSuspect = true }
    cancellation.onRequest { pooled.shell.cancel() }
    defer { cancellation.onRequest(nil) }
    do throws(CommandFailure) {
      let outcome = try await pooled.shell.run(
        command,
        outputLimit: environment.outputLimitBytes,
        timeout: environment.commandTimeout
      )
      if outcome.wasStopped {
        environment.pool.abandon(pooled, for: key)
        self.pooled = nil
      } else if isClosed {
        giveBack(pooled)
      }
      return outcome
    } catch {
      // What the shell still has to say belongs to a command that nobody waits for.
      switch error {
      case .timedOut, .cancelled: environment.pool.abandon(pooled, for: key)
      case .connectionLost: environment.pool.discard(pooled)
      }
      self.pooled = nil
      throw .command(error)
    }
  }

  /// Ends the session and the command under way; the connection goes back to the pool.
  func close(_ cause: DisconnectCause) {
    guard !isClosed else { return }
    isClosed = true
    recordEnd(cause)
    environment.counter.end()
    environment.metrics.activeSSHSessions.add(-1, key.destination.host)
    guard let pooled else { return }
    if turns.isTaken {
      pooled.shell.cancel()
    } else {
      giveBack(pooled)
    }
  }

  private func recordEnd(_ cause: DisconnectCause) {
    guard let audit = environment.audit else { return }
    var line = AuditLine("disconnect")
    client.add(to: &line)
    line.add("ssh_session", AuditTrail.shortened(id))
    line.add("user", key.destination.user)
    line.add("host", key.destination.host)
    line.add("port", Int(key.destination.port))
    line.add("cause", cause.rawValue)
    line.add("commands", commandCount)
    line.add("duration_ms", .now() - start)
    audit.write(line)
  }

  private func giveBack(_ pooled: PooledShell) {
    environment.pool.release(pooled)
    self.pooled = nil
  }

  private func livePooledShell() async throws(SSHSessionFailure) -> PooledShell {
    guard !isClosed else { throw .closed }
    if let pooled {
      if pooled.shell.isAlive { return pooled }
      environment.pool.discard(pooled)
      self.pooled = nil
    }
    do throws(PoolFailure) {
      let replacement = try await environment.pool.acquire(key, reusing: isReusable)
      guard !isClosed else {
        environment.pool.release(replacement)
        throw PoolFailure.closed
      }
      pooled = replacement
      return replacement
    } catch {
      throw .pool(error)
    }
  }
}

/// Why a session could not run a command.
enum SSHSessionFailure: Error, Equatable, Sendable {
  /// The session was closed before.
  case closed

  /// Its connection had ended and there is no other.
  case pool(PoolFailure)

  /// The command began and did not end by itself.
  case command(CommandFailure)
}
