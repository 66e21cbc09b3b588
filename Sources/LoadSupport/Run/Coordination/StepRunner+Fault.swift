import EventIO

extension StepRunner {
  /// Does what is to be done to the system under test during a step, and ends the step when all of its
  /// workers have been served again.
  ///
  /// What was begun is put right also where the run is being stopped meanwhile.
  func cause(
    _ fault: StepFault,
    during window: LoadWindow,
    of step: String?,
    to workers: [Worker],
    ending end: EarlyStepEnd
  ) async {
    guard let clock = workers.first else { return }
    await clock.rest(until: window.start + fault.after.nanoseconds)
    guard !clock.control.isStopping else { return }
    // Who was lost in an earlier outage is not waited for again.
    var clients: [Worker] = []
    for worker in workers where await worker.servedAt >= now - fault.patience.nanoseconds / 2 {
      clients.append(worker)
    }
    let restored: Int64
    events.add(.fault, step: step)
    do {
      try await fault.begin()
      await clock.rest(until: now + fault.lasting.nanoseconds)
      let words = try await fault.end()
      restored = now
      events.add(.restored, at: restored, step: step, message: words)
    } catch {
      events.add(.problem, step: step, message: "\(step.map { "\($0): " } ?? "")\(error)")
      return end.reach()
    }
    while now < window.end, !clock.control.isStopping {
      if await areServed(clients, since: restored) { break }
      await clock.rest(until: now + 20_000_000)
    }
    await clock.rest(until: min(window.end, now + fault.settling.nanoseconds))
    end.reach()
  }

  private var now: Int64 { MonotonicInstant.now().nanoseconds }

  private func areServed(_ workers: [Worker], since instant: Int64) async -> Bool {
    for worker in workers where await worker.servedAt < instant { return false }
    return true
  }
}
