@testable import LoadSupport

extension SeededRandom {
  /// A sample with any of its fields missing and any text in the others; the same for one seed.
  mutating func sample(around origin: ClockOrigin) -> Sample {
    let zero = origin.monotonicNanoseconds
    func instant(_ random: inout SeededRandom) -> Int64 {
      zero + .random(in: -1_000_000_000...100_000_000_000_000, using: &random)
    }
    let planned = instant(&self)
    var attempt = Attempt(
      outcome: Outcome.allCases.randomElement(using: &self) ?? .success,
      planned: planned,
      done: planned + .random(in: -2_000_000...4_000_000_000_000, using: &self),
      error: Bool.random(using: &self) ? text() : nil
    )
    if Bool.random(using: &self) { attempt.sent = instant(&self) }
    if Bool.random(using: &self) { attempt.firstByte = instant(&self) }
    if Bool.random(using: &self) {
      attempt.firstProgress = instant(&self)
      attempt.progress = .random(in: 1...999, using: &self)
    }
    if Bool.random(using: &self) { attempt.connecting = .random(in: 0...1 << 50, using: &self) }
    if Bool.random(using: &self) {
      attempt.handshaking = .random(in: 0...1 << 50, using: &self)
      attempt.endingStream = .random(in: 0...1 << 50, using: &self)
      attempt.resumesSession = .random(using: &self)
    }
    if Bool.random(using: &self) { attempt.bytesSent = .random(in: 0...1 << 40, using: &self) }
    if Bool.random(using: &self) { attempt.bytesReceived = .random(in: 0...1 << 40, using: &self) }
    if Bool.random(using: &self) { attempt.httpStatus = .random(in: 100...999, using: &self) }
    if Bool.random(using: &self) { attempt.retryAfterSeconds = .random(in: -9...99, using: &self) }
    attempt.metForeignAnswer = .random(using: &self)
    if Bool.random(using: &self) { attempt.systemError = .random(in: 1...133, using: &self) }
    if Bool.random(using: &self) { attempt.rpcCode = .random(in: -40_000...999, using: &self) }
    attempt.findsNoSession = .random(using: &self)
    if Bool.random(using: &self) { attempt.span = .random(in: 0 ... .max, using: &self) }
    return Sample(
      worker: .random(in: 0...100_000, using: &self),
      operation: text(),
      phase: Phase.allCases.randomElement(using: &self) ?? .measure,
      step: Bool.random(using: &self) ? text() : nil,
      attempt: attempt
    )
  }

  /// A text that is hard to write as JSON.
  mutating func text() -> String {
    let scalars: [Unicode.Scalar] = [
      "\"", "\\", "/", "\0", "\u{1}", "\u{1F}", "\u{7F}", "\n", "\r", "\t", "a", "Z", "0", " ", "{",
      "}", ",", ":", "\u{E9}", "\u{301}", "\u{2028}", "\u{FEFF}", "\u{FFFD}", "\u{FFFF}",
      "\u{1F600}", "\u{10FFFF}",
    ]
    var text = String.UnicodeScalarView()
    for _ in 0..<Int.random(in: 0...12, using: &self) {
      text.append(scalars.randomElement(using: &self) ?? "x")
    }
    return String(text)
  }
}
