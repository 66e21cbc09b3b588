import EventIO

/// The answer to a batch, encoded message by message within a bound of bytes.
///
/// A message that does not fit is replaced by an error under its id, and no further one is carried
/// out: its answer would be lost.
struct BatchAnswer: Sendable {
  /// How many messages a batch may have.
  static let messageLimit = 100

  /// The bytes after which nothing but errors is taken in.
  let limitBytes: Int

  private var bytes = [UInt8(ascii: "[")]
  private var isFull = false

  init(limitBytes: Int = 4 * 1024 * 1024) {
    self.limitBytes = limitBytes
  }

  /// Whether no message wanted an answer.
  var isEmpty: Bool { bytes.count == 1 }

  /// The array of all answers.
  var encoded: [UInt8] { bytes + [UInt8(ascii: "]")] }

  /// What to answer instead of carrying out a further request; nil as long as there is room.
  var refusal: JSONRPCError? {
    isFull ? error("the call was not carried out: the answers before it have") : nil
  }

  /// Takes in the answer to a request, or an error in its place.
  mutating func append(_ answer: JSONValue, to id: JSONValue?) {
    let start = bytes.count
    if start > 1 { bytes.append(UInt8(ascii: ",")) }
    answer.encode(into: &bytes)
    // An error is as small as its id, of which the request has no more than its own bytes.
    guard bytes.count > limitBytes, answer["error"] == nil else { return }
    isFull = true
    let size = bytes.count - start
    bytes.removeLast(size)
    if start > 1 { bytes.append(UInt8(ascii: ",")) }
    error("the call was carried out, but its answer of \(size) bytes does not fit: a batch's have")
      .response(to: id)
      .encode(into: &bytes)
  }

  private func error(_ what: String) -> JSONRPCError {
    JSONRPCError(
      code: -32000,
      message: "\(what) \(limitBytes) bytes at most; send it by itself",
      data: ["code": "batch_answer_limit", "limit": .number(String(limitBytes))]
    )
  }
}
