import EventIO

/// A placeholder and where it stands in a workload.
struct PlacedPlaceholder: Sendable {
  let placeholder: Placeholder
  let path: WorkloadPath
}

extension Workload {
  /// All placeholders of its texts.
  func placeholders() throws(WorkloadError) -> [PlacedPlaceholder] {
    var found: [PlacedPlaceholder] = []
    func add(_ text: String, _ path: WorkloadPath) throws(WorkloadError) {
      for case .placeholder(let placeholder) in try Placeholder.pieces(of: text, at: path) {
        found.append(PlacedPlaceholder(placeholder: placeholder, path: path))
      }
    }
    for (name, value) in headers.sorted(by: { $0.key < $1.key }) {
      try add(value, WorkloadPath.root["headers"][name])
    }
    for (name, operation) in operations.sorted(by: { $0.key < $1.key }) {
      let path = WorkloadPath.root["operations"][name]
      for (field, value) in operation.headers.sorted(by: { $0.key < $1.key }) {
        try add(value, path["headers"][field])
      }
      switch operation.action {
      case .tool(_, let arguments): try arguments.forEachText(path["arguments"], add)
      case .method(_, let parameters): try parameters?.forEachText(path["params"], add)
      case .command(let line): try add(line, path["command"])
      case .connect, .freshConnect, .disconnect, .health, .leave, .stream: break
      }
    }
    return found
  }
}

extension JSONValue {
  /// Gives each text in it, keys not, with its path.
  func forEachText(
    _ path: WorkloadPath,
    _ body: (String, WorkloadPath) throws(WorkloadError) -> Void
  ) throws(WorkloadError) {
    switch self {
    case .string(let text): try body(text, path)
    case .array(let elements):
      for (index, element) in elements.enumerated() {
        try element.forEachText(path[index], body)
      }
    case .object(let members):
      for member in members { try member.value.forEachText(path[member.key], body) }
    case .null, .bool, .number: break
    }
  }
}
