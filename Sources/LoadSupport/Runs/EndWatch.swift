import Dispatch
import Glibc

/// Ends a run when a signal asks for it, or when the process that it runs for is gone.
///
/// The first SIGINT or SIGTERM stops gracefully, the second ends the run at once.
package final class EndWatch {
  private let sources: [any DispatchSourceProtocol]

  /// Watches until `cancel`; `parentName` is the program whose end ends the run, nil to outlive it.
  package init(_ control: RunControl, parentName: String? = nil) {
    let queue = DispatchQueue(label: "end-watch")
    var sources: [any DispatchSourceProtocol] = [SIGINT, SIGTERM].map { number in
      signal(number, SIG_IGN)
      let source = DispatchSource.makeSignalSource(signal: number, queue: queue)
      source.setEventHandler {
        control.end(
          control.isStopping ? .interrupt : .stop,
          reason: "signal \(number) asked for an end"
        )
      }
      return source
    }
    if let parentName {
      let parent = getppid()
      let timer = DispatchSource.makeTimerSource(queue: queue)
      timer.schedule(deadline: .now(), repeating: .milliseconds(500))
      timer.setEventHandler {
        if getppid() != parent { control.end(.stop, reason: "\(parentName) has been killed") }
      }
      sources.append(timer)
    }
    self.sources = sources
    for source in sources { source.activate() }
  }

  /// Leaves signals to themselves again.
  package func cancel() {
    for source in sources { source.cancel() }
    for number in [SIGINT, SIGTERM] { signal(number, SIG_DFL) }
  }
}
