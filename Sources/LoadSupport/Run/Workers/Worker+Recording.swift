import EventIO

/// The attempts of a worker, and their place in the recording.
extension Worker {
  func perform(
    _ call: CallTemplate,
    with values: [SlotValue] = [],
    plannedAt planned: Int64,
    as name: String? = nil,
    phase fixed: Phase? = nil,
    isLoad: Bool = false
  ) async -> Attempt {
    let attempt = await session.perform(call, with: values, plannedAt: planned, over: lane)
    take(attempt, as: name ?? call.operation, phase: fixed, isLoad: isLoad)
    return attempt
  }

  /// Records what a call came to; after 401 the token is read again.
  func take(_ attempt: Attempt, as operation: String, phase fixed: Phase?, isLoad: Bool) {
    record(
      operation,
      attempt,
      phase: fixed ?? phase(plannedAt: attempt.planned),
      isLoad: isLoad
    )
    if isLoad, attempt.outcome == .success { servedAt = attempt.done }
    if attempt.httpStatus == 401,
      let token = tokens?.renewed(ofWorker: plan.share.number(ofWorker: owner))
    {
      session.endpoint = session.endpoint.authorized(by: token)
    }
  }

  /// Tells of the processes of its server that have ended.
  func tellOfProcesses() {
    for var process in session.takeEndedProcesses() {
      process.worker = index
      recorder.record(process)
    }
  }

  /// Looks at what the process of its server costs.
  func measureServer() async { _ = await session.stdio?.measure() }

  func record(_ operation: String, _ attempt: Attempt, phase: Phase, isLoad: Bool = false) {
    recorder.record(
      Sample(
        worker: index,
        operation: operation,
        phase: phase,
        step: stage?.plan.name,
        attempt: attempt
      ),
      isLoad: isLoad
    )
  }

  func phase(plannedAt planned: Int64) -> Phase {
    guard let window = stage?.window else { return .setup }
    if planned < window.measureStart { return .warmup }
    return window.isMeasured(plannedAt: planned) ? .measure : .drain
  }

  func now() -> Int64 {
    MonotonicInstant.now().nanoseconds
  }
}
