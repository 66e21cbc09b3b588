import EventIO

/// What is wanted of a tool's result, compiled before the load: JSON pointers (RFC 6901) merged into
/// one trie, which is walked in the one pass that reads the answer.
///
/// A pointer that meets a text goes on in the JSON inside that text, as many servers put theirs
/// there; `-` stands for whichever element of an array has the rest. Keys are compared as they are
/// written. Of several pointers for one thing the first that leads to a value counts. Nothing of a
/// walk allocates once its storage has grown.
struct AnswerPlan: Sendable, Equatable {
  /// What a pointer is for.
  enum Slot: Int, Sendable, CaseIterable {
    /// The words for people.
    case text

    /// How the command ended.
    case exitStatus

    /// The id of an SSH session.
    case session

    /// What is there, or true, where something failed.
    case failing

    /// What is false where something failed.
    case succeeding

    /// Words of a failure, beside which no exit status tells that there was none.
    case error
  }

  /// A place in a result; its edges lie side by side.
  ///
  /// Small and without optionals: a walk looks at some hundred of nodes and edges.
  private struct Node: Sendable, Equatable {
    var edges: Range<Int32> = 0..<0
    var anyElement: Int32 = none
    var slot: Slot?
    var rank: Int32 = 0

    @inline(__always)
    var isLeaf: Bool { edges.isEmpty }
  }

  /// A way to another place: by a member's key, by an element's index, or both.
  private struct Edge: Sendable, Equatable {
    var keyStart: Int32
    var keyCount: Int32
    var element: Int32
    var node: Int32
  }

  private static let none: Int32 = -1

  private let nodes: [Node]
  private let edges: [Edge]
  private let keys: [UInt8]

  /// The longest text in which JSON is looked for.
  private static let longestText = 65_536

  /// A plan that wants nothing.
  static let nothing = AnswerPlan([])

  /// Where a tool's result has its members: as structured content, by itself, as JSON in a text, and each of
  /// these once more inside a `result`.
  static let places: [[String]] = [
    ["structuredContent"], ["structuredContent", "result"], [], ["content", "-", "text"],
    ["content", "-", "text", "result"], ["content"],
  ]

  /// The plan for a server's tools.
  init(_ profile: ToolProfile) {
    // What a command wrote says more than the words around it; what it complains of comes last.
    var pointers: [(Slot, [String])] = Self.pointers(["stdout", "output"]).map { (.text, $0) }
    pointers += [
      [], ["content"], ["content", "-", "text"], ["content", "-"],
      ["content", "-", "resource", "text"],
    ].map { (.text, $0) }
    pointers += Self.pointers(["stderr"]).map { (.text, $0) }
    pointers += profile.exitStatusPointers.map { (.exitStatus, Self.tokens($0)) }
    pointers += profile.failingPointers.map { (.failing, Self.tokens($0)) }
    pointers += profile.succeedingPointers.map { (.succeeding, Self.tokens($0)) }
    pointers += Self.pointers(["error"]).flatMap { [(.error, $0), (.error, $0 + ["message"])] }
    pointers += (Self.places + [["content", "-"]]).flatMap { place in
      profile.sessionKeys.filter { !$0.hasBytePrefix("/") }.map { (.session, place + [$0]) }
    }
    pointers += profile.sessionKeys.filter { $0.hasBytePrefix("/") }.map {
      (.session, Self.tokens($0))
    }
    self.init(pointers)
  }

  private static func pointers(_ keys: [String]) -> [[String]] {
    places.flatMap { place in keys.map { place + [$0] } }
  }

  /// The JSON pointers to members of these names, wherever a result has them.
  static func pointerTexts(_ keys: [String]) -> [String] {
    pointers(keys).map { $0.map { "/" + $0 }.joined() }
  }

  private init(_ pointers: [(Slot, [String])]) {
    var tree = Tree()
    var ranks = [Int](repeating: 0, count: Slot.allCases.count)
    for (slot, tokens) in pointers {
      tree.insert(tokens[...], slot, rank: ranks[slot.rawValue])
      ranks[slot.rawValue] += 1
    }
    var nodes: [Node] = []
    var edges: [Edge] = []
    var keys: [UInt8] = []
    func add(_ tree: Tree) -> Int {
      let index = nodes.count
      nodes.append(Node(slot: tree.slot, rank: Int32(tree.rank)))
      let children = tree.children.map { ($0.token, Int32(add($0.tree))) }
      let first = Int32(edges.count)
      for (token, node) in children {
        if token.hasSameBytes(as: "-") { nodes[index].anyElement = node }
        edges.append(
          Edge(
            keyStart: Int32(keys.count),
            keyCount: Int32(token.utf8.count),
            element: Int32(token) ?? Self.none,
            node: node
          )
        )
        keys += token.utf8
      }
      nodes[index].edges = first..<Int32(edges.count)
      return index
    }
    _ = add(tree)
    (self.nodes, self.edges, self.keys) = (nodes, edges, keys)
  }

  /// What the pointers have in common, as it grows.
  private struct Tree {
    var slot: Slot?
    var rank = 0
    var children: [(token: String, tree: Tree)] = []

    mutating func insert(_ tokens: ArraySlice<String>, _ slot: Slot, rank: Int) {
      guard let token = tokens.first else {
        // What two pointers are for at one place is what the first is for.
        if self.slot == nil { (self.slot, self.rank) = (slot, rank) }
        return
      }
      if !children.contains(where: { $0.token.utf8.elementsEqual(token.utf8) }) {
        children.append((token, Tree()))
      }
      for index in children.indices where children[index].token.utf8.elementsEqual(token.utf8) {
        children[index].tree.insert(tokens.dropFirst(), slot, rank: rank)
      }
    }
  }

  /// The tokens of a pointer, escapes resolved; nil if it is none (RFC 6901 §3).
  static func parse(_ pointer: String) -> [String]? {
    if pointer.isEmpty { return [] }
    guard pointer.utf8.first == UInt8(ascii: "/") else { return nil }
    var tokens: [[UInt8]] = []
    var isEscaped = false
    for byte in pointer.utf8 {
      if isEscaped {
        guard byte == UInt8(ascii: "0") || byte == UInt8(ascii: "1") else { return nil }
        tokens[tokens.count - 1].append(
          byte == UInt8(ascii: "0") ? UInt8(ascii: "~") : UInt8(ascii: "/")
        )
        isEscaped = false
      } else if byte == UInt8(ascii: "/") {
        tokens.append([])
      } else if byte == UInt8(ascii: "~") {
        isEscaped = true
      } else {
        tokens[tokens.count - 1].append(byte)
      }
    }
    return isEscaped ? nil : tokens.map { String(decoding: $0, as: UTF8.self) }
  }

  /// The tokens of a pointer that a profile has been checked for.
  private static func tokens(_ pointer: String) -> [String] { parse(pointer) ?? [] }

  // MARK: Walking

  /// Where the way through a result begins.
  static let root = 0

  /// Whether anything is wanted at all.
  var isEmpty: Bool { nodes[Self.root].isLeaf && nodes[Self.root].slot == nil }

  /// The place behind a member's key; nil if nothing is wanted there.
  func place(
    behind key: Range<Int>,
    of node: Int,
    in bytes: UnsafeRawBufferPointer
  ) -> Int? {
    let edges = edges
    let keys = keys
    for index in nodes[node].edges where edges[Int(index)].keyCount == key.count {
      let start = Int(edges[Int(index)].keyStart)
      var offset = 0
      while offset < key.count, keys[start + offset] == bytes[key.lowerBound + offset] {
        offset += 1
      }
      if offset == key.count { return Int(edges[Int(index)].node) }
    }
    return nil
  }

  private func place(ofElement element: Int, of node: Int) -> Int? {
    for index in nodes[node].edges where edges[Int(index)].element == element {
      return Int(edges[Int(index)].node)
    }
    let any = nodes[node].anyElement
    return any == Self.none ? nil : Int(any)
  }

  /// Reads the next value of the scanner, and takes what is wanted of it.
  func walk(
    _ scanner: inout JSONScanner,
    at node: Int,
    isInText: Bool = false,
    into captures: inout AnswerCaptures
  ) throws(JSONError) {
    let first = scanner.peek()
    if first == UInt8(ascii: "\"") {
      guard let range = try scanner.readStringRange() else { return }
      take(range, isText: true, at: node, isInText: isInText, into: &captures)
      if !nodes[node].isLeaf, !isInText {
        walk(text: range, of: scanner, at: node, into: &captures)
      }
    } else if nodes[node].isLeaf || first != UInt8(ascii: "{") && first != UInt8(ascii: "[") {
      let range = try scanner.skipValue()
      // The words for people are a text, null is nothing, and what has parts is no value.
      guard nodes[node].slot != .text, first != UInt8(ascii: "{"), first != UInt8(ascii: "["),
        !scanner.matches(range, "null")
      else { return }
      take(range, isText: false, at: node, isInText: isInText, into: &captures)
    } else if first == UInt8(ascii: "{") {
      try scanner.beginObject()
      while let key = try scanner.nextKey() {
        if let next = place(behind: key, of: node, in: scanner.bytes) {
          try walk(&scanner, at: next, isInText: isInText, into: &captures)
        } else {
          try scanner.skipValue()
        }
      }
    } else {
      try scanner.beginArray()
      var element = 0
      while try scanner.nextElement() {
        if let next = place(ofElement: element, of: node) {
          try walk(&scanner, at: next, isInText: isInText, into: &captures)
        } else {
          try scanner.skipValue()
        }
        element += 1
      }
    }
  }

  private func take(
    _ range: Range<Int>,
    isText: Bool,
    at node: Int,
    isInText: Bool,
    into captures: inout AnswerCaptures
  ) {
    guard let slot = nodes[node].slot else { return }
    captures.add(
      AnswerCaptures.Capture(
        slot: slot,
        rank: Int(nodes[node].rank),
        range: range,
        isText: isText,
        isInText: isInText
      )
    )
  }

  /// Walks through the JSON in a text, if it is an object or an array; what is none has nothing.
  private func walk(
    text range: Range<Int>,
    of scanner: borrowing JSONScanner,
    at node: Int,
    into captures: inout AnswerCaptures
  ) {
    guard range.count <= Self.longestText,
      let first = scanner.bytes[range].first(where: { $0 > UInt8(ascii: " ") }),
      first == UInt8(ascii: "{") || first == UInt8(ascii: "[")
    else { return }
    // Out of the captures while they are written to.
    var decoded: [UInt8] = []
    swap(&decoded, &captures.decoded)
    let start = decoded.count
    scanner.decodeString(range, into: &decoded)
    decoded.withUnsafeBytes { bytes in
      var inner = JSONScanner(bytes, at: start)
      try? walk(&inner, at: node, isInText: true, into: &captures)
    }
    swap(&decoded, &captures.decoded)
  }
}
