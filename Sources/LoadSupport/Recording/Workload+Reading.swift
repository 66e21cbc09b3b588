import EventIO

extension JSONForm {
  /// Reads what somebody wrote, which must be JSON of this form.
  ///
  /// The error names all that is wrong, each with its path, line and column.
  func parse(_ bytes: some Collection<UInt8>) throws(WorkloadError) -> Value {
    guard bytes.count < 1 << 20 else { throw WorkloadError("it has 1 MiB or more") }
    let text = Array(bytes).withoutByteOrderMark
    guard String(validating: text, as: UTF8.self) != nil else {
      throw WorkloadError("it is not UTF-8")
    }
    let json: JSONValue
    do throws(JSONError) {
      json = try JSONValue(parsing: text)
    } catch {
      var problem = WorkloadError.Problem(path: [], reason: "not JSON: expected \(error.expected)")
      problem.place(at: error.offset, in: text)
      throw WorkloadError([problem])
    }
    do throws(WorkloadError) {
      return try value(of: json)
    } catch {
      throw error.placed(in: text)
    }
  }

  /// Takes a value from JSON, in which no key stands twice.
  func value(of json: JSONValue) throws(WorkloadError) -> Value {
    var problems: Problems = []
    json.findRepeatedKeys(at: [], &problems)
    guard let value = read(json, [], &problems), problems.isEmpty else {
      throw WorkloadError(problems)
    }
    return value
  }
}

extension Workload {
  /// Reads a workload's file.
  ///
  /// The error names all that is wrong, each with its path, line and column.
  package init(parsing bytes: some Collection<UInt8>) throws(WorkloadError) {
    self = try WorkloadForm.whole.parse(bytes)
  }

  /// Takes a workload from JSON, and looks at it as a whole.
  init(_ json: JSONValue) throws(WorkloadError) {
    self = try WorkloadForm.whole.value(of: json)
  }

  /// The workload as JSON, as short as it can be said.
  package var json: JSONValue { WorkloadForm.workload.write(self) ?? .null }

  /// What a workload's file may be, as JSON Schema (draft 2020-12).
  package static let schema = JSONValue.object(
    [
      .init("$schema", "https://json-schema.org/draft/2020-12/schema"),
      .init("title", "A workload of loadtest"),
    ] + (WorkloadForm.workload.schema.members ?? [])
  )
}

extension Workload: Codable {
  /// Reads a workload; the error is `DecodingError.dataCorrupted` with all that is wrong.
  public init(from decoder: any Decoder) throws {
    let json = try JSONValue(from: decoder)
    do {
      try self.init(json)
    } catch {
      throw DecodingError.dataCorrupted(
        .init(codingPath: decoder.codingPath, debugDescription: "\(error)", underlyingError: error)
      )
    }
  }

  /// Writes the workload as short as it can be said.
  public func encode(to encoder: any Encoder) throws { try json.encode(to: encoder) }
}

extension JSONValue {
  fileprivate func findRepeatedKeys(
    at path: WorkloadPath,
    _ problems: inout [WorkloadError.Problem]
  ) {
    switch self {
    case .array(let elements):
      for (index, element) in elements.enumerated() {
        element.findRepeatedKeys(at: path[index], &problems)
      }
    case .object(let members):
      // As a dictionary tells keys apart, in which they end.
      var seen: Set<String> = []
      for member in members {
        if !seen.insert(member.key).inserted {
          problems.append(.init(path: path[member.key], reason: "this key stands here twice"))
        }
        member.value.findRepeatedKeys(at: path[member.key], &problems)
      }
    default: break
    }
  }
}

extension [UInt8] {
  /// The text without what some editors put before it.
  fileprivate var withoutByteOrderMark: [UInt8] {
    starts(with: [0xEF, 0xBB, 0xBF]) ? Array(dropFirst(3)) : self
  }
}

extension WorkloadError {
  /// The same with the lines and columns of a file's text.
  func placed(in text: [UInt8]) -> WorkloadError {
    let text = text.withoutByteOrderMark
    return WorkloadError(problems.map { $0.placed(in: text) })
  }
}

extension WorkloadError.Problem {
  /// The problem with line and column of its path in a file.
  fileprivate func placed(in text: [UInt8]) -> Self {
    var problem = self
    let offset = text.withUnsafeBytes { bytes in
      var scanner = JSONScanner(bytes)
      try? scanner.walk(path)
      return scanner.offset
    }
    problem.place(at: offset, in: text)
    return problem
  }

  fileprivate mutating func place(at offset: Int, in text: [UInt8]) {
    let before = text.prefix(offset)
    line = before.count { $0 == 0x0A } + 1
    let start = before.lastIndex(of: 0x0A).map { $0 + 1 } ?? 0
    // Code points: of each, one byte is no continuation.
    column = before[start...].count { $0 & 0xC0 != 0x80 } + 1
  }
}

extension JSONScanner {
  /// Goes to the last step of a path, as far as that is there: to a member's key, or to an element.
  fileprivate mutating func walk(_ path: WorkloadPath) throws(JSONError) {
    _ = peek()
    var value = self
    for step in path.steps {
      guard let place = try value.find(step) else { return }
      self = JSONScanner(bytes, at: place.start)
      value = JSONScanner(bytes, at: place.value)
      _ = peek()
    }
  }

  /// Where a member's key or an element begins in the next value, and where the value of it; of several
  /// members of one name the last.
  private mutating func find(
    _ step: WorkloadPath.Step
  ) throws(JSONError) -> (start: Int, value: Int)? {
    var place: (start: Int, value: Int)?
    switch step {
    case .key(let name) where peek() == UInt8(ascii: "{"):
      try beginObject()
      while let key = try nextKey() {
        if decodeString(key).hasSameBytes(as: name) { place = (key.lowerBound - 1, offset) }
        try skipValue()
      }
    case .index(let wanted) where peek() == UInt8(ascii: "["):
      var index = 0
      try beginArray()
      while try nextElement() {
        if index == wanted { place = (offset, offset) }
        index += 1
        try skipValue()
      }
    default: break
    }
    return place
  }
}
