import EventIO

/// The JSON line of a sample: written once a request and read a million times a report, therefore
/// by hand.
///
/// `docs/recording.md` describes the keys.
enum SampleLine {
  /// Appends a sample as one line.
  static func append(_ sample: Sample, origin: ClockOrigin, to lines: inout [UInt8]) {
    // Fixed keys and numbers take less than 860 bytes; an escaped byte takes at most six.
    let texts =
      sample.operation.utf8.count + (sample.step?.utf8.count ?? 0)
      + (sample.attempt.error?.utf8.count ?? 0)
    let needed = 884 + 6 * texts
    // Only a size that the compiler knows lies on the stack.
    if needed <= 1024 {
      withUnsafeTemporaryAllocation(byteCount: 1024, alignment: 8) { memory in
        write(sample, origin, memory, to: &lines)
      }
    } else {
      withUnsafeTemporaryAllocation(byteCount: needed, alignment: 8) { memory in
        write(sample, origin, memory, to: &lines)
      }
    }
  }

  @inline(__always)
  private static func write(
    _ sample: Sample,
    _ origin: ClockOrigin,
    _ memory: UnsafeMutableRawBufferPointer,
    to lines: inout [UInt8]
  ) {
    var line = LineCursor(memory)
    write(sample, origin, &line)
    lines.append(contentsOf: line.written)
  }

  @inline(__always)
  private static func write(_ sample: Sample, _ origin: ClockOrigin, _ line: inout LineCursor) {
    let attempt = sample.attempt
    let planned = origin.offset(attempt.planned)
    line.put("{\"ts\":")
    line.put(origin.epochMilliseconds(at: planned))
    line.put(",\"worker\":")
    line.put(Int64(sample.worker))
    line.put(",\"op\":")
    line.put(quoted: sample.operation)
    line.put(",\"latency_ms\":")
    line.put(milliseconds: attempt.latency)
    line.put(
      attempt.outcome == .success
        ? ",\"status\":\"success\",\"outcome\":\"" : ",\"status\":\"error\",\"outcome\":\""
    )
    line.put(attempt.outcome.text)
    line.put("\",\"phase\":\"")
    line.put(sample.phase.text)
    line.put("\"")
    if let step = sample.step {
      line.put(",\"step\":")
      line.put(quoted: step)
    }
    line.put(",\"planned_ns\":")
    line.put(planned)
    line.put(",\"sent_ns\":", attempt.sent.map(origin.offset))
    line.put(",\"first_byte_ns\":", attempt.firstByte.map(origin.offset))
    line.put(",\"first_progress_ns\":", attempt.firstProgress.map(origin.offset))
    line.put(",\"progress\":", attempt.progress.map(Int64.init))
    line.put(",\"done_ns\":", origin.offset(attempt.done))
    line.put(",\"connect_ns\":", attempt.connecting)
    line.put(",\"tls_ns\":", attempt.handshaking)
    line.put(",\"stream_end_ns\":", attempt.endingStream)
    if let isResumed = attempt.resumesSession {
      line.put(isResumed ? ",\"tls\":\"resumed\"" : ",\"tls\":\"full\"")
    }
    line.put(",\"sent_bytes\":", attempt.bytesSent)
    line.put(",\"received_bytes\":", attempt.bytesReceived)
    line.put(",\"http_status\":", attempt.httpStatus.map(Int64.init))
    line.put(",\"retry_after_s\":", attempt.retryAfterSeconds.map(Int64.init))
    line.put(",\"errno\":", attempt.systemError.map(Int64.init))
    line.put(",\"rpc_code\":", attempt.rpcCode.map(Int64.init))
    if attempt.findsNoSession { line.put(",\"session\":\"unknown\"") }
    if let span = attempt.span {
      line.put(",\"span\":\"")
      line.put(hexadecimal: span)
      line.put("\"")
    }
    if attempt.metForeignAnswer { line.put(",\"foreign_answer\":true") }
    if let error = attempt.error {
      line.put(",\"error\":")
      line.put(quoted: error)
    }
    line.put("}\n")
  }

  /// Reads a line; instants come back as offsets from the recording's origin.
  ///
  /// - Throws: when the text is no JSON object, lacks a key that every line has, or has an instant that
  ///   no recording can have.
  static func parse(
    _ bytes: UnsafeRawBufferPointer,
    names: inout NameTable
  ) throws(JSONError) -> Sample {
    var scanner = JSONScanner(bytes)
    var worker: Int64?
    var operation: String?
    var outcome: Outcome?
    var phase: Phase?
    var step: String?
    var attempt = Attempt(outcome: .success, planned: .min, done: .min)
    try scanner.beginObject()
    while let key = try scanner.nextKey() {
      switch key.count {
      case 2 where scanner.matches(key, "op"): operation = try names.read(&scanner)
      case 4 where scanner.matches(key, "step"): step = try names.read(&scanner)
      case 5 where scanner.matches(key, "phase"): phase = try Phase.read(&scanner)
      case 5 where scanner.matches(key, "error"): attempt.error = try scanner.readString()
      case 6 where scanner.matches(key, "worker"): worker = try scanner.readInteger()
      case 7 where scanner.matches(key, "outcome"): outcome = try Outcome.read(&scanner)
      case 7 where scanner.matches(key, "done_ns"): attempt.done = try scanner.readInteger() ?? .min
      case 7 where scanner.matches(key, "sent_ns"): attempt.sent = try scanner.readInteger()
      case 10 where scanner.matches(key, "planned_ns"):
        attempt.planned = try scanner.readInteger() ?? .min
      case 10 where scanner.matches(key, "sent_bytes"):
        attempt.bytesSent = try scanner.readInteger()
      case 10 where scanner.matches(key, "connect_ns"):
        attempt.connecting = try scanner.readInteger()
      case 11 where scanner.matches(key, "http_status"):
        attempt.httpStatus = try scanner.readInteger().map(Int.init)
      case 13 where scanner.matches(key, "first_byte_ns"):
        attempt.firstByte = try scanner.readInteger()
      case 14 where scanner.matches(key, "received_bytes"):
        attempt.bytesReceived = try scanner.readInteger()
      default: try readRareValue(of: key, &attempt, &scanner)
      }
    }
    try scanner.expectEnd()
    guard let worker, let operation, let outcome, let phase, attempt.planned != .min,
      attempt.done != .min
    else { throw JSONError(expected: "the keys of a sample", offset: 0) }
    try holdToNumbersOfARecording(attempt, worker)
    attempt.outcome = outcome
    return Sample(
      worker: Int(worker),
      operation: operation,
      phase: phase,
      step: step,
      attempt: attempt
    )
  }

  /// Reads the value of a key that few lines have, or passes it over.
  private static func readRareValue(
    of key: Range<Int>,
    _ attempt: inout Attempt,
    _ scanner: inout JSONScanner
  ) throws(JSONError) {
    switch key.count {
    case 3 where scanner.matches(key, "tls"):
      guard let kind = try scanner.readStringRange() else { break }
      attempt.resumesSession = scanner.matches(kind, "resumed")
    case 4 where scanner.matches(key, "span"):
      guard let digits = try scanner.readStringRange() else { break }
      attempt.span = UInt64(String(decoding: scanner.bytes[digits], as: UTF8.self), radix: 16)
    case 5 where scanner.matches(key, "errno"):
      attempt.systemError = try scanner.readInteger().map(Int.init)
    case 6 where scanner.matches(key, "tls_ns"):
      attempt.handshaking = try scanner.readInteger()
    case 7 where scanner.matches(key, "session"):
      guard let kind = try scanner.readStringRange() else { break }
      attempt.findsNoSession = scanner.matches(kind, "unknown")
    case 8 where scanner.matches(key, "progress"):
      attempt.progress = try scanner.readInteger().map(Int.init)
    case 13 where scanner.matches(key, "stream_end_ns"):
      attempt.endingStream = try scanner.readInteger()
    case 14 where scanner.matches(key, "foreign_answer"):
      attempt.metForeignAnswer = scanner.matches(try scanner.skipValue(), "true")
    case 8 where scanner.matches(key, "rpc_code"):
      attempt.rpcCode = try scanner.readInteger().map(Int.init)
    case 13 where scanner.matches(key, "retry_after_s"):
      attempt.retryAfterSeconds = try scanner.readInteger().map(Int.init)
    case 17 where scanner.matches(key, "first_progress_ns"):
      attempt.firstProgress = try scanner.readInteger()
    default: try scanner.skipValue()
    }
  }

  private static func holdToNumbersOfARecording(
    _ attempt: Attempt,
    _ worker: Int64
  ) throws(JSONError) {
    let isPossible =
      RecordedInstant.arePossible(
        attempt.planned,
        attempt.sent,
        attempt.firstByte,
        attempt.firstProgress,
        attempt.done,
        attempt.connecting,
        attempt.handshaking,
        attempt.endingStream
      )
      // Nothing is over before it begins.
      && attempt.done >= attempt.planned
      && attempt.connecting ?? 0 >= 0 && attempt.handshaking ?? 0 >= 0
      && attempt.endingStream ?? 0 >= 0
      && attempt.bytesSent ?? 0 >= 0 && RecordedNumber.limit.contains(attempt.progress ?? 0)
      && attempt.bytesReceived ?? 0 >= 0
    guard isPossible, RecordedNumber.workers.contains(worker) else {
      throw JSONError(expected: "numbers of a recording", offset: 0)
    }
  }
}

/// Names that occur again and again in a recording, each decoded once.
struct NameTable {
  private var known: [(bytes: [UInt8], name: String)] = []

  /// A table without names.
  init() {}

  /// Reads a string value, from the table if it is there.
  fileprivate mutating func read(_ scanner: inout JSONScanner) throws(JSONError) -> String? {
    guard let range = try scanner.readStringRange() else { return nil }
    let bytes = scanner.bytes[range]
    for entry in known where entry.bytes.count == range.count && bytes.elementsEqual(entry.bytes) {
      return entry.name
    }
    let name = scanner.decodeString(range)
    // A recording with more names than that is not one of ours; it is read, only not as fast.
    if known.count < 256 { known.append((Array(bytes), name)) }
    return name
  }
}

extension Outcome {
  /// Reads a string value that is one of the raw values; nothing for any other.
  fileprivate static func read(_ scanner: inout JSONScanner) throws(JSONError) -> Outcome? {
    guard let range = try scanner.readStringRange() else { return nil }
    return allCases.first { scanner.matches(range, $0.text) }
  }

  /// The raw value without the cost of a `String`.
  fileprivate var text: StaticString {
    switch self {
    case .success: "success"
    case .rateLimited: "rate_limited"
    case .rejected: "rejected"
    case .toolError: "tool_error"
    case .rpcError: "rpc_error"
    case .httpError: "http_error"
    case .wrongAnswer: "wrong_answer"
    case .protocolError: "protocol_error"
    case .timeout: "timeout"
    case .transportError: "transport_error"
    case .ownShortage: "own_shortage"
    case .dropped: "dropped"
    case .interrupted: "interrupted"
    }
  }
}

extension Phase {
  /// Reads a string value that is one of the raw values; nothing for any other.
  fileprivate static func read(_ scanner: inout JSONScanner) throws(JSONError) -> Phase? {
    guard let range = try scanner.readStringRange() else { return nil }
    return allCases.first { scanner.matches(range, $0.text) }
  }

  fileprivate var text: StaticString {
    switch self {
    case .setup: "setup"
    case .warmup: "warmup"
    case .measure: "measure"
    case .drain: "drain"
    }
  }
}

/// Writes text into memory that is known to be large enough.
private struct LineCursor {
  private let memory: UnsafeMutableRawBufferPointer
  private var count = 0

  init(_ memory: UnsafeMutableRawBufferPointer) {
    self.memory = memory
  }

  var written: UnsafeRawBufferPointer { UnsafeRawBufferPointer(rebasing: memory[..<count]) }

  @inline(__always)
  mutating func put(_ text: StaticString) {
    put(UnsafeRawBufferPointer(start: text.utf8Start, count: text.utf8CodeUnitCount))
  }

  /// A key and its number; nothing for none.
  @inline(__always)
  mutating func put(_ key: StaticString, _ number: Int64?) {
    guard let number else { return }
    put(key)
    put(number)
  }

  mutating func put(_ number: Int64) {
    if number < 0 { put(byte: UInt8(ascii: "-")) }
    var rest = number.magnitude
    withUnsafeTemporaryAllocation(byteCount: 24, alignment: 8) { digits in
      var index = 20
      // Two digits a division.
      while rest >= 100 {
        let (quotient, pair) = rest.quotientAndRemainder(dividingBy: 100)
        index -= 2
        digits[index] = UInt8(ascii: "0") + UInt8(truncatingIfNeeded: pair / 10)
        digits[index + 1] = UInt8(ascii: "0") + UInt8(truncatingIfNeeded: pair % 10)
        rest = quotient
      }
      index -= 1
      digits[index] = UInt8(ascii: "0") + UInt8(truncatingIfNeeded: rest % 10)
      if rest >= 10 {
        index -= 1
        digits[index] = UInt8(ascii: "0") + UInt8(truncatingIfNeeded: rest / 10)
      }
      put(UnsafeRawBufferPointer(rebasing: digits[index..<20]))
    }
  }

  mutating func put(hexadecimal number: UInt64) {
    for shift in stride(from: 60, through: 0, by: -4) {
      let digit = UInt8(truncatingIfNeeded: number >> UInt64(shift)) & 15
      put(byte: digit < 10 ? UInt8(ascii: "0") + digit : UInt8(ascii: "a") + digit - 10)
    }
  }

  /// Nanoseconds as milliseconds with three decimals, rounded.
  mutating func put(milliseconds nanoseconds: Int64) {
    let microseconds = (nanoseconds + (nanoseconds < 0 ? -500 : 500)) / 1000
    if microseconds < 0 { put(byte: UInt8(ascii: "-")) }
    let (whole, fraction) = microseconds.magnitude.quotientAndRemainder(dividingBy: 1000)
    put(Int64(whole))
    put(byte: UInt8(ascii: "."))
    put(byte: UInt8(ascii: "0") + UInt8(fraction / 100))
    put(byte: UInt8(ascii: "0") + UInt8(fraction / 10 % 10))
    put(byte: UInt8(ascii: "0") + UInt8(fraction % 10))
  }

  /// A JSON string; operations and steps need no escapes, errors may.
  mutating func put(quoted text: String) {
    let isPlain = text.utf8.withContiguousStorageIfAvailable { bytes in
      for byte in bytes
      where byte < 0x20 || byte == UInt8(ascii: "\"") || byte == UInt8(ascii: "\\") {
        return false
      }
      put(byte: UInt8(ascii: "\""))
      put(UnsafeRawBufferPointer(bytes))
      put(byte: UInt8(ascii: "\""))
      return true
    }
    if isPlain == true { return }
    var escaped: [UInt8] = []
    escaped.appendJSONString(text)
    escaped.withUnsafeBytes { put($0) }
  }

  @inline(__always)
  private mutating func put(byte: UInt8) {
    memory[count] = byte
    count += 1
  }

  @inline(__always)
  private mutating func put(_ bytes: UnsafeRawBufferPointer) {
    UnsafeMutableRawBufferPointer(rebasing: memory[count...]).copyMemory(from: bytes)
    count += bytes.count
  }
}
