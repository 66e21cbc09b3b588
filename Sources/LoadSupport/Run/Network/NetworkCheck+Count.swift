import EventIO

/// Has a command of the user's count what there is on the target.
extension NetworkCheck {
  /// Runs it as the load runs its commands, in a session of its own, and takes the number that it prints.
  static func count(
    by command: String,
    on network: Network,
    _ timeouts: HTTPClientTimeouts,
    _ control: RunControl?
  ) async throws(NetworkError) -> TargetCount {
    try await perform(control) { loop in
      NetworkCheck(
        network.endpoint,
        profile: network.profile,
        target: network.target,
        era: network.profile.form.era,
        timeouts: timeouts,
        control: control,
        loop: loop
      )
    } _: {
      await $0.count(by: command)
    }
  }

  private func count(by command: String) async -> Result<TargetCount, NetworkError> {
    guard let target else { return .failure(NetworkError("there is no target")) }
    let result: Result<TargetCount, NetworkError>
    do throws(NetworkError) {
      try await askServer()
      let values = try await logIn(on: target)
      let attempt = await run(command, on: target, values)
      let text = session.lane.text ?? ""
      if !isStopping, let disconnect = findings.profile.disconnectCall {
        _ = await session.perform(disconnect, with: values, plannedAt: now())
      }
      // A program that counts nothing may say so by its exit status too, as pgrep does.
      let number = attempt.httpStatus ?? 200 == 200 ? Self.number(in: text) : nil
      guard number != nil || attempt.outcome == .success else {
        throw NetworkError("LOADTEST_TARGET_CHECK: \(attempt.reason(for: command))")
      }
      guard let number else {
        let secrets = [target.password].compactMap(\.self) + endpoint.secrets
        throw NetworkError(
          "LOADTEST_TARGET_CHECK: the command must print one whole number, such as pgrep -c does, and its answer was "
            + (ServerWords.shown(text, hiding: secrets).map { "\"\($0)\"" } ?? "without text")
        )
      }
      result = .success(TargetCount(logins: number, strays: nil))
    } catch {
      result = .failure(error)
    }
    return await leave(with: result)
  }

  /// The number of the only line that is one; servers may write others around it.
  static func number(in text: String) -> Int? {
    let numbers = text.lines().compactMap { line -> Int? in
      let word = line.trimmed()
      guard word.utf8.allSatisfy({ $0 &- 48 <= 9 }) else { return nil }
      return Int(word).flatMap { RecordedNumber.count.contains($0) ? $0 : nil }
    }
    return numbers.count == 1 ? numbers[0] : nil
  }
}
