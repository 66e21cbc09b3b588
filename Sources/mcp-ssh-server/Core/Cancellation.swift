/// Lets one side ask for the end of what another does.
@ServerLoop
final class Cancellation {
  /// Whether the end was asked for.
  private(set) var isRequested = false

  private var action: (() -> Void)?

  /// Asks for the end; asking again changes nothing.
  func request() {
    guard !isRequested else { return }
    isRequested = true
    action?()
    action = nil
  }

  /// Says what ends the present step; nil when nothing would.
  func onRequest(_ action: (() -> Void)?) {
    self.action = action
  }
}
