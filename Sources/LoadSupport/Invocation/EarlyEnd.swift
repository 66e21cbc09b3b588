import Synchronization

/// Ends a run early once a limit that says so has failed with confidence.
final class EarlyEnd: Sendable {
  private let recording: RecordingLayout
  private let overrides: ThresholdOverrides
  private let control: RunControl
  private let task = Mutex<Task<Void, Never>?>(nil)

  init(_ recording: RecordingLayout, _ overrides: ThresholdOverrides, _ control: RunControl) {
    (self.recording, self.overrides, self.control) = (recording, overrides, control)
  }

  /// Watches the load of a header, which is about to begin; does nothing where no limit of it ends a run.
  ///
  /// - Throws: `ThresholdError` where a limit cannot be judged.
  func begin(_ header: ScenarioHeader) throws(ThresholdError) {
    let made = try AbortWatch(header, in: recording, overrides: overrides)
    guard var watch = made else { return }
    let control = control
    let looking = Task.detached {
      while !control.isStopping {
        guard (try? await Task.sleep(for: watch.nextLook)) != nil else { return }
        // What cannot be read now is told when the run is judged.
        guard let verdict = try? watch.look(), verdict.outcome == .fail else { continue }
        control.abort(
          limit: verdict.key,
          reason: "a limit that ends the run failed: \(verdict.message)"
        )
      }
    }
    task.withLock { $0 = looking }
  }

  /// Ends the watch; the next run goes on as if no limit had failed.
  func cancel() {
    task.withLock { $0?.cancel() }
    control.endAbort()
  }
}
