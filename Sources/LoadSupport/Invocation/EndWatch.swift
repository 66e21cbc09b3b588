import Dispatch
import Glibc
import Synchronization

/// Ends a run when a signal asks for it, or when the process that it runs for is gone.
///
/// The first SIGINT, SIGTERM or SIGHUP stops gracefully, the second ends the run at once, and both are acknowledged; a
/// SIGHUP that was ignored before, as nohup does, stays so. A process may make one watch after the other, and not two
/// at a time.
package final class EndWatch {
  /// What a signal ends now; nil for the process itself.
  private static let watched = Mutex<(control: RunControl, say: (@Sendable (String) -> Void)?)?>(
    nil
  )

  /// Once for the process: Linux's Dispatch hands a signal only to the first source that it ever had.
  private static let signals: Void = {
    for number in [SIGINT, SIGTERM, SIGHUP] where number != SIGHUP || !isIgnored(number) {
      signal(number, SIG_IGN)
      let source = DispatchSource.makeSignalSource(signal: number, queue: .global())
      source.setEventHandler {
        guard let (control, say) = watched.withLock({ $0 }) else {
          // Its own handler keeps the source alive, up to here.
          source.cancel()
          signal(number, SIG_DFL)
          raise(number)
          return
        }
        let isSecond = control.isStopping
        control.end(isSecond ? .interrupt : .stop, reason: reason(number))
        say?(isSecond ? "ending now" : acknowledgement(number, control))
      }
      // What comes before the source is in place would be lost.
      let isInPlace = DispatchSemaphore(value: 0)
      source.setRegistrationHandler { isInPlace.signal() }
      source.activate()
      _ = isInPlace.wait(timeout: .now() + .seconds(1))
    }
  }()

  private static func reason(_ number: Int32) -> String {
    switch number {
    case SIGINT: "interrupted by Ctrl-C"
    case SIGHUP: "the terminal was closed"
    default: "ended by SIGTERM"
    }
  }

  private static func acknowledgement(_ number: Int32, _ control: RunControl) -> String {
    let again =
      number == SIGINT ? "press Ctrl-C again to end now" : "a second signal ends the run now"
    return "stopping\(control.awaitedShown.map { ": \($0)" } ?? ""); \(again)"
  }

  private static func isIgnored(_ number: Int32) -> Bool {
    var present = sigaction()
    return sigaction(number, nil, &present) == 0
      && unsafeBitCast(present.__sigaction_handler.sa_handler, to: Int.self)
        == unsafeBitCast(SIG_IGN, to: Int.self)
  }

  private let parent: (any DispatchSourceProtocol)?

  /// Watches until `cancel`; `parentName` is the program whose end ends the run, nil to outlive it, and `say` gets a
  /// line for each signal.
  package init(
    _ control: RunControl,
    parentName: String? = nil,
    say: (@Sendable (String) -> Void)? = nil
  ) {
    Self.watched.withLock { $0 = (control, say) }
    Self.signals
    guard let parentName else {
      parent = nil
      return
    }
    let parentID = getppid()
    let timer = DispatchSource.makeTimerSource(queue: .global())
    timer.schedule(deadline: .now(), repeating: .milliseconds(500))
    timer.setEventHandler {
      if getppid() != parentID { control.end(.stop, reason: "\(parentName) has been killed") }
    }
    timer.activate()
    parent = timer
  }

  /// Leaves signals to end the process again.
  package func cancel() {
    parent?.cancel()
    Self.watched.withLock { $0 = nil }
  }
}
