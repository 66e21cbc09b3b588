import EventIO

/// Where the values of a workload's slots come from: one table for all its calls, so that a worker fills
/// each value once.
struct SlotTable: Sendable {
  /// What fills a slot.
  enum Source: Sendable, Equatable {
    /// The SSH session that a call is made in.
    case session

    /// The worker's number.
    case worker

    /// How many iterations the worker has done before this one.
    case iteration

    /// The iteration's number over all workers.
    case counter

    /// So many letters and digits, drawn anew for each use.
    case random(Int)

    /// A column of the present row of a table.
    case data(table: Int, column: Int)

    /// A value of an answer, by the number of its name.
    case captured(Int)
  }

  /// What fills each slot: first the SSH session, then the carried values, then all else.
  private(set) var sources: [Source]

  /// The names of values that answers give, which are carried on.
  let captureNames: [String]

  /// Which of them stand for a JSON number somewhere, by their slots.
  private var numbers: Set<Int> = []

  /// Which slots header fields are filled from, whose values must not be shown.
  private(set) var shownNowhere: Set<Int> = []

  /// The carried values that have been used since it was emptied, by their slots.
  var used: Set<Int> = []

  /// What `{run}` stands for: digits that no other run has.
  private let run: String

  private let data: DataRows
  private static let builtIns = WorkloadForm.builtIn

  /// A table without slots but the session's.
  init(_ workload: Workload, data: DataRows, run: String) throws(WorkloadError) {
    self.data = data
    self.run = run
    var names: [String] = []
    for (operation, value) in workload.operations.sorted(by: { $0.key < $1.key }) {
      for name in value.capture.keys.sorted() {
        let path = WorkloadPath.root["operations"][operation]["capture"][name]
        let pieces = try Placeholder.pieces(of: "{\(name)}", at: path)
        guard pieces.count == 1, case .placeholder(let placeholder) = pieces[0],
          placeholder.name.hasSameBytes(as: name)
        else {
          throw WorkloadError(
            at: path,
            "a value's name begins with a letter or _ and has letters, digits and _ only"
          )
        }
        if Self.builtIns.contains(name) {
          throw WorkloadError(at: path, "{\(name)} has a meaning of its own; take another name")
        }
        if !names.contains(name) { names.append(name) }
      }
    }
    captureNames = names
    sources = [.session] + names.indices.map { .captured($0) }
    for placed in try workload.placeholders() where placed.placeholder.filter == .number {
      if let slot = slot(ofCapture: placed.placeholder.fullName) { numbers.insert(slot) }
    }
  }

  /// The slot of a captured value; nil if none has that name.
  func slot(ofCapture name: String) -> Int? {
    captureNames.firstIndex { $0.hasSameBytes(as: name) }.map { $0 + 1 }
  }

  /// Whether a captured value stands for a JSON number somewhere.
  func mustBeNumber(slot: Int) -> Bool { numbers.contains(slot) }

  // MARK: Compiling

  /// Where a text stands, which decides what its placeholders may be.
  enum Place {
    /// In the arguments or parameters of a request.
    case json

    /// In a command for the remote shell.
    case command

    /// In a header field.
    case field
  }

  /// The slot of a placeholder, a new one where there is none yet.
  mutating func slot(
    _ placeholder: Placeholder,
    in place: Place,
    at path: WorkloadPath
  ) throws(WorkloadError) -> Int {
    let source = try source(placeholder, at: path)
    let isBuiltIn =
      switch source {
      case .session, .worker, .iteration, .counter, .random: true
      case .data, .captured: false
      }
    if place == .command, !isBuiltIn, placeholder.filter != .shell {
      let name = placeholder.fullName
      throw WorkloadError(at: path, "a command takes {\(name)|sh}, which no value can break out of")
    }
    if case .random = source, placeholder.filter == .number {
      throw WorkloadError(at: path, "{\(placeholder.fullName)} has letters, and is no number")
    }
    var slot = sources.firstIndex(of: source)
    // Each use of random letters draws its own.
    if case .random = source { slot = nil }
    if slot == nil { sources.append(source) }
    let index = slot ?? sources.count - 1
    if place == .field, !isBuiltIn { shownNowhere.insert(index) }
    if case .captured = source { used.insert(index) }
    return index
  }

  private func source(
    _ placeholder: Placeholder,
    at path: WorkloadPath
  ) throws(WorkloadError) -> Source {
    let name = placeholder.name
    if let length = placeholder.length {
      guard name.hasSameBytes(as: "random"), placeholder.column == nil else {
        throw WorkloadError(at: path, "{\(placeholder.fullName)} takes no length; {random:8} does")
      }
      guard (1...64).contains(length) else {
        throw WorkloadError(at: path, "{random:…} makes 1 to 64 letters and digits")
      }
      return .random(length)
    }
    if let column = placeholder.column {
      if let place = data.place(ofTable: name, column: column) {
        return .data(table: place.table, column: place.column)
      }
    } else {
      switch name {
      case "worker": return .worker
      case "iteration": return .iteration
      case "counter": return .counter
      case "random":
        throw WorkloadError(
          at: path,
          "{random} needs a length: {random:8} makes 8 letters and digits"
        )
      default:
        if let number = captureNames.firstIndex(where: { $0.hasSameBytes(as: name) }) {
          return .captured(number)
        }
      }
    }
    throw unknown(placeholder, at: path)
  }

  private func unknown(_ placeholder: Placeholder, at path: WorkloadPath) -> WorkloadError {
    let known =
      ["worker", "iteration", "counter", "run", "random:8"] + captureNames
      + data.tables.map { "\($0.name).COLUMN" }
    let names = known.map { "{\($0)}" }.joined(separator: ", ")
    let name = placeholder.fullName
    return WorkloadError(
      at: path,
      "there is no {\(name)}; there are \(names), and {{\(name)}} is the text {\(name)}"
    )
  }

  /// The parts of a text.
  mutating func parts(
    of text: String,
    in place: Place,
    at path: WorkloadPath
  ) throws(WorkloadError) -> [ByteTemplate.Part] {
    var parts: [ByteTemplate.Part] = []
    for piece in try Placeholder.pieces(of: text, at: path) {
      switch piece {
      case .text(let text): parts.append(.text(text))
      case .placeholder(let placeholder) where placeholder.isRun: parts.append(.text(run))
      case .placeholder(let placeholder):
        let slot = ByteTemplate.Slot.value(try slot(placeholder, in: place, at: path))
        parts.append(placeholder.filter == .shell ? .quoted(slot) : .slot(slot))
      }
    }
    return parts
  }

  /// A text that is expected or not, in which `{run}` alone is no text.
  func markingRun(_ text: String) -> [UInt8] {
    var marked: [UInt8] = []
    var rest = Array(text.utf8)[...]
    while let place = rest.firstRange(of: "{run}".utf8) {
      marked += rest[..<place.lowerBound] + Array(run.utf8)
      rest = rest[place.upperBound...]
    }
    return marked + rest
  }

  /// Adds a JSON value to a template; a text that is one placeholder takes the type of its value.
  mutating func append(
    _ value: JSONValue,
    to template: inout ByteTemplate,
    at path: WorkloadPath
  ) throws(WorkloadError) {
    switch value {
    case .null, .bool, .number: template += value.encoded
    case .string(let text):
      let pieces = try Placeholder.pieces(of: text, at: path)
      if pieces.count == 1, case .placeholder(let placeholder) = pieces[0],
        placeholder.filter == nil || placeholder.filter == .number, !placeholder.isRun
      {
        let slot = try slot(placeholder, in: .json, at: path)
        template.append(.value(slot), in: placeholder.filter == .number ? .number : .value)
      } else {
        template += "\"".utf8
        template.append(try parts(of: text, in: .json, at: path), in: .string)
        template += "\"".utf8
      }
    case .array(let elements):
      template += "[".utf8
      for (index, element) in elements.enumerated() {
        if index > 0 { template += ",".utf8 }
        try append(element, to: &template, at: path[index])
      }
      template += "]".utf8
    case .object(let members):
      template += "{".utf8
      for (index, member) in members.enumerated() {
        if index > 0 { template += ",".utf8 }
        template.append(quoted: member.key)
        template += ":".utf8
        try append(member.value, to: &template, at: path[member.key])
      }
      template += "}".utf8
    }
  }
}
