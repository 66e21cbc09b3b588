import EventIO

/// The JSON line of a sample: written once a request and read a million times a report, therefore
/// by hand.
///
/// `docs/recording.md` describes the keys.
package enum SampleLine {
  /// Appends a sample as one line.
  package static func append(_ sample: Sample, origin: ClockOrigin, to line: inout [UInt8]) {
    let attempt = sample.attempt
    let planned = origin.offset(attempt.planned)
    line.append("{\"ts\":")
    line.append(origin.epochMilliseconds(at: planned))
    line.append(",\"worker\":")
    line.append(Int64(sample.worker))
    line.append(",\"op\":")
    line.appendJSONString(sample.operation)
    line.append(",\"latency_ms\":")
    line.append(milliseconds: attempt.latency)
    line.append(attempt.outcome == .success ? ",\"status\":\"success\"" : ",\"status\":\"error\"")
    line.append(",\"outcome\":\"")
    line.append(attempt.outcome.text)
    line.append("\",\"phase\":\"")
    line.append(sample.phase.text)
    line.append("\"")
    if let step = sample.step {
      line.append(",\"step\":")
      line.appendJSONString(step)
    }
    line.append(",\"planned_ns\":")
    line.append(planned)
    if let sent = attempt.sent {
      line.append(",\"sent_ns\":")
      line.append(origin.offset(sent))
    }
    if let firstByte = attempt.firstByte {
      line.append(",\"first_byte_ns\":")
      line.append(origin.offset(firstByte))
    }
    line.append(",\"done_ns\":")
    line.append(origin.offset(attempt.done))
    if let connecting = attempt.connecting {
      line.append(",\"connect_ns\":")
      line.append(connecting)
    }
    if let status = attempt.httpStatus {
      line.append(",\"http_status\":")
      line.append(Int64(status))
    }
    if let seconds = attempt.retryAfterSeconds {
      line.append(",\"retry_after_s\":")
      line.append(Int64(seconds))
    }
    if let error = attempt.error {
      line.append(",\"error\":")
      line.appendJSONString(error)
    }
    line.append("}\n")
  }

  /// Reads a line; instants come back as offsets from the recording's origin.
  ///
  /// - Throws: when the text is no JSON object or lacks a key that every line has.
  package static func parse(
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
      case 5 where scanner.matches(key, "phase"):
        phase = try scanner.readStringRange().flatMap { range in
          Phase.allCases.first { scanner.matches(range, $0.text) }
        }
      case 5 where scanner.matches(key, "error"): attempt.error = try scanner.readString()
      case 6 where scanner.matches(key, "worker"): worker = try scanner.readInteger()
      case 7 where scanner.matches(key, "outcome"):
        outcome = try scanner.readStringRange().flatMap { range in
          Outcome.allCases.first { scanner.matches(range, $0.text) }
        }
      case 7 where scanner.matches(key, "done_ns"): attempt.done = try scanner.readInteger() ?? .min
      case 7 where scanner.matches(key, "sent_ns"): attempt.sent = try scanner.readInteger()
      case 10 where scanner.matches(key, "planned_ns"):
        attempt.planned = try scanner.readInteger() ?? .min
      case 10 where scanner.matches(key, "connect_ns"):
        attempt.connecting = try scanner.readInteger()
      case 11 where scanner.matches(key, "http_status"):
        attempt.httpStatus = try scanner.readInteger().map(Int.init)
      case 13 where scanner.matches(key, "first_byte_ns"):
        attempt.firstByte = try scanner.readInteger()
      case 13 where scanner.matches(key, "retry_after_s"):
        attempt.retryAfterSeconds = try scanner.readInteger().map(Int.init)
      default: try scanner.skipValue()
      }
    }
    try scanner.expectEnd()
    guard let worker, let operation, let outcome, let phase, attempt.planned != .min,
      attempt.done != .min
    else { throw JSONError(expected: "the keys of a sample", offset: 0) }
    attempt.outcome = outcome
    return Sample(
      worker: Int(worker),
      operation: operation,
      phase: phase,
      step: step,
      attempt: attempt
    )
  }
}

/// Names that occur again and again in a recording, each decoded once.
package struct NameTable {
  private var known: [(bytes: [UInt8], name: String)] = []

  /// A table without names.
  package init() {}

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
  /// The raw value without the cost of a `String`.
  fileprivate var text: StaticString {
    switch self {
    case .success: "success"
    case .rateLimited: "rate_limited"
    case .rejected: "rejected"
    case .toolError: "tool_error"
    case .rpcError: "rpc_error"
    case .httpError: "http_error"
    case .protocolError: "protocol_error"
    case .timeout: "timeout"
    case .transportError: "transport_error"
    case .dropped: "dropped"
    case .interrupted: "interrupted"
    }
  }
}

extension Phase {
  fileprivate var text: StaticString {
    switch self {
    case .setup: "setup"
    case .warmup: "warmup"
    case .measure: "measure"
    case .drain: "drain"
    }
  }
}

extension [UInt8] {
  fileprivate mutating func append(_ text: StaticString) {
    append(
      contentsOf: UnsafeBufferPointer(start: text.utf8Start, count: text.utf8CodeUnitCount)
    )
  }

  /// Appends a whole number in decimal.
  package mutating func append(_ number: Int64) {
    if number < 0 { append(UInt8(ascii: "-")) }
    var rest = number.magnitude
    withUnsafeTemporaryAllocation(byteCount: 20, alignment: 1) { digits in
      var index = 20
      repeat {
        let (quotient, digit) = rest.quotientAndRemainder(dividingBy: 10)
        index -= 1
        digits[index] = UInt8(ascii: "0") + UInt8(truncatingIfNeeded: digit)
        rest = quotient
      } while rest > 0
      append(contentsOf: UnsafeRawBufferPointer(rebasing: digits[index..<20]))
    }
  }

  /// Appends nanoseconds as milliseconds with three decimals, rounded.
  fileprivate mutating func append(milliseconds nanoseconds: Int64) {
    let microseconds = (nanoseconds + (nanoseconds < 0 ? -500 : 500)) / 1000
    if microseconds < 0 { append(UInt8(ascii: "-")) }
    let (whole, fraction) = microseconds.magnitude.quotientAndRemainder(dividingBy: 1000)
    append(Int64(whole))
    append(UInt8(ascii: "."))
    append(UInt8(ascii: "0") + UInt8(fraction / 100))
    append(UInt8(ascii: "0") + UInt8(fraction / 10 % 10))
    append(UInt8(ascii: "0") + UInt8(fraction % 10))
  }
}
