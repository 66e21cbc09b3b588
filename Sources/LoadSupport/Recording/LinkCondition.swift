import EventIO

/// What a link between the MCP SSH server and its target does to the bytes on it.
///
/// Each condition has a port of the target by which it is known; the same sshd answers behind all of
/// them.
package struct LinkCondition: Sendable, Equatable, Codable {
  /// The port that stands for the condition, whichever one a network really listens on.
  package let port: UInt16

  /// What reports call the link.
  package let name: String

  /// The round trip that the link adds, in milliseconds.
  package let delayMilliseconds: Double

  /// How far a round trip may be off the delay in either direction, in milliseconds.
  let jitterMilliseconds: Double

  /// How many of a hundred segments are lost on the way from the target.
  package let lossPercent: Double

  private enum CodingKeys: String, CodingKey {
    case port
    case name
    case delayMilliseconds = "delay_ms"
    case jitterMilliseconds = "jitter_ms"
    case lossPercent = "loss_percent"
  }

  /// Describes a link; jitter is not above the delay, and loss is below 100 %.
  package init(
    port: UInt16,
    name: String,
    delayMilliseconds: Double = 0,
    jitterMilliseconds: Double = 0,
    lossPercent: Double = 0
  ) {
    self.port = port
    self.name = name
    self.delayMilliseconds = delayMilliseconds
    self.jitterMilliseconds = jitterMilliseconds
    self.lossPercent = lossPercent
  }

  /// The links of the test network, the baseline first.
  package static let all = TestNetwork.standard.links

  /// Whether the link does nothing to the bytes on it.
  var isUndisturbed: Bool {
    delayMilliseconds == 0 && jitterMilliseconds == 0 && lossPercent == 0
  }
}

extension LinkCondition {
  /// The condition as an argument of a program, without its name: `2323:50.0:5.0:5.0`.
  package var argument: String {
    "\(port):\(delayMilliseconds):\(jitterMilliseconds):\(lossPercent)"
  }

  /// Reads `PORT:DELAY_MS:JITTER_MS:LOSS_PERCENT`; nil for anything else, and for a link that cannot
  /// be: jitter above the delay, loss of 100 %, a delay above an hour.
  package init?(argument: String) {
    let fields = argument.split(at: UInt8(ascii: ":"), omittingEmptySubsequences: false)
    let numbers = fields.dropFirst().compactMap { Double($0) }
    guard fields.count == 4, numbers.count == 3, let port = UInt16(fields[0]),
      (0...3_600_000).contains(numbers[0]), (0...numbers[0]).contains(numbers[1]),
      (0..<100).contains(numbers[2])
    else { return nil }
    self.init(
      port: port,
      name: "",
      delayMilliseconds: numbers[0],
      jitterMilliseconds: numbers[1],
      lossPercent: numbers[2]
    )
  }
}
