import EventIO

/// One generator's part of a load that several make at the same time; alone it makes all of it.
struct RecordingPart: Sendable, Equatable, Codable {
  /// What the parts of one load have in common.
  let runID: String

  /// Which of them it is, from 0.
  let index: Int

  /// How many there are.
  let of: Int

  /// Sixteen hexadecimal digits of this start of the part, by which a part that was started twice shows; nil for
  /// the only part.
  var attempt: String?

  private enum CodingKeys: String, CodingKey {
    case runID = "run_id"
    case index
    case of
    case attempt
  }

  /// Sixteen hexadecimal digits that no other start of a part has.
  static func newAttempt() -> String { UInt64.random(in: 0 ... .max).hexadecimal }

  /// Whether a text can name the run of several parts: 1 to 64 letters, digits, `.`, `_` and `-`, which is a name
  /// of a directory too, so that it does not begin with a dot.
  static func isRunID(_ text: String) -> Bool {
    (1...64).contains(text.utf8.count) && !text.hasBytePrefix(".")
      && text.utf8.allSatisfy { byte in
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
          UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "."), UInt8(ascii: "_"),
          UInt8(ascii: "-"):
          true
        default: false
        }
      }
  }

  /// Some indices in a sentence, ten at most.
  static func listed(_ indices: [Int]) -> String {
    let more = indices.count > 10 ? " and \(indices.count - 10) more" : ""
    return indices.prefix(10).map(String.init).joined(separator: ", ") + more
  }

  /// Whether a recording can have it.
  var isPossible: Bool {
    RecordedNumber.parts.contains(of) && (0..<of).contains(index)
      && (of == 1 || Self.isRunID(runID)) && attempt?.utf8.count ?? 0 <= 64
  }
}

/// How far a machine's wall time may be off from true time, as its kernel sees it (adjtimex(2)).
struct ClockBound: Sendable, Equatable, Codable {
  /// The greatest error in milliseconds; without synchronisation the kernel's 16 s tell nothing.
  let maximumErrorMilliseconds: Double

  /// Whether something keeps the clock to true time.
  let isSynchronised: Bool

  private enum CodingKeys: String, CodingKey {
    case maximumErrorMilliseconds = "max_error_ms"
    case isSynchronised = "is_synchronised"
  }
}

extension ClockBound {
  /// What the kernel says now; nil where it does not tell, as some containers' does not.
  static func current() -> ClockBound? {
    KernelClock.error.map {
      ClockBound(maximumErrorMilliseconds: $0.milliseconds, isSynchronised: $0.isSynchronised)
    }
  }
}

/// The manifest of a recording that was merged: its parts lie below `parts/`, each in a directory of its index, with
/// their files as their generators wrote them.
struct MergedParts: Sendable, Equatable, Codable {
  /// The run that they are of.
  let runID: String

  /// How many parts the load had.
  let of: Int

  /// The indices of those that are there, in order; fewer than `of` where somebody wanted to see what there is.
  let present: [Int]

  private enum CodingKeys: String, CodingKey {
    case runID = "run_id"
    case of
    case present
  }

  /// Whether a recording can have it.
  var isPossible: Bool {
    RecordedNumber.parts.contains(of) && RecordingPart.isRunID(runID) && !present.isEmpty
      && present.count <= of
      && present.allSatisfy((0..<of).contains) && zip(present, present.dropFirst()).allSatisfy(<)
  }
}
