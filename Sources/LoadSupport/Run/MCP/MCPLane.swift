import EventIO

/// What one call in flight of a session needs for itself: a way to the server and storage.
///
/// Lanes of a session run side by side on one loop, each with one call after the other.
final class MCPLane {
  let transport: any Transport

  /// The message that is sent.
  var message: [UInt8] = []

  /// What was taken out of the answer.
  var captures = AnswerCaptures()

  /// When the first notification of the last call's progress was read, and how many came.
  var progress: (first: Int64, count: Int)?

  /// Whether its last answer said that header fields do not agree with the request.
  var isDeniedFields = false

  /// Whether the last answer says that a session is there already that was to be opened.
  var findsSession = false

  /// What must not be shown of a server's words as long as its user's present values are in use.
  var secrets: [Secret] = []

  /// Whether the stream of the present call has brought an answer to another one.
  var metForeignAnswer = false

  private var body: [UInt8] = []

  init(over transport: any Transport) {
    self.transport = transport
  }

  /// Puts the message of a call together; without a head for a process.
  func write(
    _ call: CallTemplate,
    id: Int64,
    span: UInt64,
    _ values: [SlotValue],
    head: [UInt8]?,
    repeating late: [String: [MirroredArgument]] = [:]
  ) {
    call.write(
      id: id,
      span: span,
      values,
      head: head,
      repeating: late,
      to: &message,
      body: &body
    )
  }

  // MARK: The last call

  /// The bytes of its answer.
  var answer: [UInt8] { transport.answer ?? transport.body }

  /// The `result` of its answer; not for what comes once a request.
  var result: JSONValue? {
    answer.withUnsafeBytes { bytes in
      (try? JSONValue(parsing: bytes.withoutByteOrderMark))?["result"]
    }
  }

  /// The words of its answer; nil if it has none.
  var text: String? {
    answer.withUnsafeBytes { captures.value(of: .text, in: $0) }?.string
  }

  /// What its answer has for something, to be sent again; nil if there is nothing.
  func captured(_ slot: AnswerPlan.Slot) -> SlotValue? {
    answer.withUnsafeBytes { captures.slotValue(of: slot, in: $0) }
  }

  /// Whether its answer tells how the command ended.
  var tellsExitStatus: Bool { captures.has(.exitStatus) }
}
