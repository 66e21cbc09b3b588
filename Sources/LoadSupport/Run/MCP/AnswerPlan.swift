import EventIO

/// What is wanted of a tool's result, compiled before the load: JSON pointers (RFC 6901) merged into
/// one trie, which is walked in the one pass that reads the answer.
///
/// A pointer that meets a text goes on in the JSON inside that text, as many servers put theirs
/// there; `-` stands for whichever element of an array has the rest. Keys are compared as they are
/// written. Of several pointers for one thing the first that leads to a value counts. Nothing of a
/// walk allocates once its storage has grown. A class, so that whoever hands it on copies one reference.
final class AnswerPlan: Sendable {
  /// What a pointer is for.
  enum Slot: UInt8, Sendable, CaseIterable {
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

  /// A place in a result; its edges lie side by side, as does what is wanted there.
  ///
  /// Small and without optionals: a walk looks at some dozens of nodes, and beside a server that starts a process
  /// for each command most of them come from memory, not from a cache.
  private struct Node: Sendable, Equatable {
    var edges: Range<Int32> = 0..<0

    /// How long their keys are, a bit for each length; nearly all keys of an answer are wanted nowhere.
    var lengths: UInt64 = 0

    /// The numbers of the operation's own pointers that lead there, in `values`.
    var values: Range<Int32> = 0..<0
    var anyElement: Int32 = none

    /// Which of the profile's pointers for its slot led there; the first is 0.
    var rank: UInt16 = 0

    /// What the tool profile names there, if anything.
    var slot: Slot?

    /// Whether a way leads on by the number of an element.
    var hasElements = false

    @inline(__always)
    var isLeaf: Bool { edges.isEmpty }
  }

  /// What is wanted at a place, while the plan is compiled.
  private enum Want: Sendable, Equatable {
    /// What the tool profile names, and which of its pointers led there.
    case slot(Slot, rank: Int32)

    /// The value of an operation's own pointer.
    case value(Int32)
  }

  /// A way to another place: by a member's key, by an element's index, or both.
  ///
  /// What an index leads to, `-` leads to as well: such an element has a place that stands for both.
  private struct Edge: Sendable, Equatable {
    var keyStart: Int32
    var keyCount: Int32
    var element: Int32
    var node: Int32
    var elementNode: Int32
  }

  private static let none: Int32 = -1

  private let nodes: [Node]
  private let edges: [Edge]
  private let keys: [UInt8]

  /// Length and first byte of each edge's key, side by side for a search that touches little memory.
  private let filters: [UInt16]
  private let values: [Int32]

  /// What an operation wants of its own answers; nil where it wants nothing more than the tool profile.
  private let expectation: AnswerExpectation?

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

  /// The plan for a server's tools, and for what one operation wants of its own answers.
  ///
  /// A flag that an operation expects to have some value is no sign of failure there.
  convenience init(_ profile: ToolProfile, _ expectation: AnswerExpectation? = nil) {
    // What a command wrote says more than the words around it; what it complains of comes last.
    var pointers: [(Want, [String])] = []
    var ranks = [Int32](repeating: 0, count: Slot.allCases.count)
    func add(_ slot: Slot, _ places: [[String]]) {
      for place in places {
        if slot != .text, expectation?.expectsValue(at: place) == true { continue }
        pointers.append((.slot(slot, rank: ranks[Int(slot.rawValue)]), place))
        ranks[Int(slot.rawValue)] += 1
      }
    }
    add(.text, Self.pointers(["stdout", "output"]))
    add(
      .text,
      [
        [], ["content"], ["content", "-", "text"], ["content", "-"],
        ["content", "-", "resource", "text"],
      ]
    )
    add(.text, Self.pointers(["stderr"]))
    if expectation?.searchesText == true { add(.text, Self.textsOfOtherResults) }
    add(.exitStatus, profile.exitStatusPointers.map(Self.tokens))
    add(.failing, profile.failingPointers.map(Self.tokens))
    add(.succeeding, profile.succeedingPointers.map(Self.tokens))
    add(.error, Self.pointers(["error"]).flatMap { [$0, $0 + ["message"]] })
    let keys = profile.sessionKeys.filter { !$0.hasBytePrefix("/") }
    add(
      .session,
      (Self.places + [["content", "-"]]).flatMap { place in keys.map { place + [$0] } }
    )
    add(.session, profile.sessionKeys.filter { $0.hasBytePrefix("/") }.map(Self.tokens))
    for (index, value) in (expectation?.values ?? []).enumerated() {
      pointers.append((.value(Int32(index)), value.tokens))
    }
    self.init(pointers, expectation)
  }

  /// Where results of other methods than `tools/call` have texts: `prompts/get` and `resources/read`.
  private static let textsOfOtherResults = [
    ["messages", "-", "content", "text"], ["contents", "-", "text"],
  ]

  private static func pointers(_ keys: [String]) -> [[String]] {
    places.flatMap { place in keys.map { place + [$0] } }
  }

  /// The JSON pointers to members of these names, wherever a result has them.
  static func pointerTexts(_ keys: [String]) -> [String] {
    pointers(keys).map { $0.map { "/" + $0 }.joined() }
  }

  private init(_ pointers: [(Want, [String])], _ expectation: AnswerExpectation? = nil) {
    var tree = Tree()
    for (want, tokens) in pointers { tree.insert(tokens[...], want) }
    var nodes: [Node] = []
    var edges: [Edge] = []
    var keys: [UInt8] = []
    var filters: [UInt16] = []
    var values: [Int32] = []
    func add(_ tree: Tree) -> Int32 {
      let index = nodes.count
      var node = Node()
      let start = Int32(values.count)
      for want in tree.wants {
        switch want {
        case .slot(let slot, let rank): (node.slot, node.rank) = (slot, UInt16(clamping: rank))
        case .value(let value): values.append(value)
        }
      }
      node.values = start..<Int32(values.count)
      nodes.append(node)
      let any = tree.children.first { $0.token.hasSameBytes(as: "-") }
      let children = tree.children.map { token, child in
        let node = add(child)
        let element = Self.element(token)
        guard element != Self.none, let any else { return (token, element, node, node) }
        return (token, element, node, add(child.merged(with: any.tree)))
      }
      let first = Int32(edges.count)
      for (token, element, node, elementNode) in children {
        if token.hasSameBytes(as: "-") { nodes[index].anyElement = node }
        edges.append(
          Edge(
            keyStart: Int32(keys.count),
            keyCount: Int32(token.utf8.count),
            element: element,
            node: node,
            elementNode: elementNode
          )
        )
        keys += token.utf8
        filters.append(Self.filter(token.utf8.count, token.utf8.first ?? 0))
        nodes[index].lengths |= Self.lengthBit(token.utf8.count)
        nodes[index].hasElements = nodes[index].hasElements || element != Self.none
      }
      nodes[index].edges = first..<Int32(edges.count)
      return Int32(index)
    }
    _ = add(tree)
    (self.nodes, self.edges, self.values) = (nodes, edges, values)
    (self.keys, self.filters) = (keys, filters)
    self.expectation = expectation
  }

  /// The index that a token writes, which has no leading zero (RFC 6901 §4); -1 if it writes none.
  private static func element(_ token: String) -> Int32 {
    Int32(token).flatMap { $0 >= 0 && String($0).hasSameBytes(as: token) ? $0 : nil } ?? none
  }

  /// What the pointers have in common, as it grows.
  private struct Tree {
    var wants: [Want] = []
    var children: [(token: String, tree: Tree)] = []

    mutating func insert(_ tokens: ArraySlice<String>, _ want: Want) {
      guard let token = tokens.first else { return add(want) }
      if !children.contains(where: { $0.token.hasSameBytes(as: token) }) {
        children.append((token, Tree()))
      }
      for index in children.indices where children[index].token.hasSameBytes(as: token) {
        children[index].tree.insert(tokens.dropFirst(), want)
      }
    }

    private mutating func add(_ want: Want) {
      // What two pointers of a profile are for at one place is what the first is for.
      if case .slot = want,
        wants.contains(where: { if case .slot = $0 { true } else { false } })
      {
        return
      }
      if !wants.contains(want) { wants.append(want) }
    }

    /// Both in one.
    func merged(with other: Tree) -> Tree {
      var merged = self
      for want in other.wants { merged.add(want) }
      for (token, tree) in other.children {
        if let index = merged.children.firstIndex(where: { $0.token.hasSameBytes(as: token) }) {
          merged.children[index].tree = merged.children[index].tree.merged(with: tree)
        } else {
          merged.children.append((token, tree))
        }
      }
      return merged
    }
  }

  private static func tokens(_ pointer: String) -> [String] { JSONPointer.tokens(pointer) ?? [] }

  // MARK: Walking

  /// Where the way through a result begins.
  static let root = 0

  /// Whether anything is wanted at all.
  var isEmpty: Bool {
    let root = nodes[Self.root]
    return root.isLeaf && root.slot == nil && root.values.isEmpty
  }

  /// The place behind a member's key; nil if nothing is wanted there.
  func place(
    behind key: Range<Int>,
    of node: Int,
    in bytes: UnsafeRawBufferPointer
  ) -> Int? {
    guard nodes[node].lengths & Self.lengthBit(key.count) != 0 else { return nil }
    let filter = Self.filter(key.count, key.isEmpty ? 0 : bytes[key.lowerBound])
    for index in nodes[node].edges where filters[Int(index)] == filter {
      let edge = edges[Int(index)]
      guard edge.keyCount == key.count else { continue }
      let start = Int(edge.keyStart)
      var offset = 0
      while offset < key.count, keys[start + offset] == bytes[key.lowerBound + offset] {
        offset += 1
      }
      if offset == key.count { return Int(edge.node) }
    }
    return nil
  }

  private static func lengthBit(_ count: Int) -> UInt64 { 1 << UInt64(min(count, 63)) }

  private static func filter(_ count: Int, _ first: UInt8) -> UInt16 {
    UInt16(min(count, 255)) << 8 | UInt16(first)
  }

  private func place(ofElement element: Int, of node: Int) -> Int? {
    if nodes[node].hasElements {
      for index in nodes[node].edges where edges[Int(index)].element == element {
        return Int(edges[Int(index)].elementNode)
      }
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
      take(range, isText: true, at: node, isInText: isInText, in: scanner.bytes, into: &captures)
      if !nodes[node].isLeaf, !isInText {
        walk(text: range, of: scanner, at: node, into: &captures)
      }
    } else if nodes[node].isLeaf || first != UInt8(ascii: "{") && first != UInt8(ascii: "[") {
      let range = try scanner.skipValue()
      take(range, isText: false, at: node, isInText: isInText, in: scanner.bytes, into: &captures)
    } else if first == UInt8(ascii: "{") {
      noteParts(at: node, of: scanner, isInText: isInText, into: &captures)
      try scanner.beginObject()
      while let key = try scanner.nextKey() {
        if let next = place(behind: key, of: node, in: scanner.bytes) {
          try walk(&scanner, at: next, isInText: isInText, into: &captures)
        } else {
          try scanner.skipValue()
        }
      }
    } else {
      noteParts(at: node, of: scanner, isInText: isInText, into: &captures)
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
    in bytes: UnsafeRawBufferPointer,
    into captures: inout AnswerCaptures
  ) {
    let place = AnswerCaptures.Place(range: range, isText: isText, isInText: isInText)
    for index in nodes[node].values {
      expectation?.note(place, of: Int(values[Int(index)]), in: bytes, into: &captures)
    }
    guard let slot = nodes[node].slot else { return }
    // The words for people are a text, null is nothing, and what has parts is no value.
    if !isText, slot == .text || bytes[range.lowerBound].beginsNoValue { return }
    if slot == .text { expectation?.search(bytes, range, into: &captures) }
    captures.add(AnswerCaptures.Capture(slot: slot, rank: Int(nodes[node].rank), place: place))
  }

  /// Takes in that what has parts stands where a value of an operation's own is wanted.
  @inline(__always)
  private func noteParts(
    at node: Int,
    of scanner: borrowing JSONScanner,
    isInText: Bool,
    into captures: inout AnswerCaptures
  ) {
    if expectation == nil || nodes[node].slot == nil && nodes[node].values.isEmpty { return }
    let start = scanner.offset
    take(
      start..<start + 1,
      isText: false,
      at: node,
      isInText: isInText,
      in: scanner.bytes,
      into: &captures
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

extension UInt8 {
  /// Whether an object, an array or null begins with it.
  fileprivate var beginsNoValue: Bool {
    self == UInt8(ascii: "{") || self == UInt8(ascii: "[") || self == UInt8(ascii: "n")
  }
}
