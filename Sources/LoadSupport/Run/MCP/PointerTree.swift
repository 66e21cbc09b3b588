import EventIO

/// What JSON pointers have in common, as a plan of answers is compiled.
struct PointerTree {
  /// What is wanted at a place.
  enum Want: Equatable {
    /// What the tool profile names, and which of its pointers led there.
    case slot(AnswerPlan.Slot, rank: Int32)

    /// The value of an operation's own pointer.
    case value(Int32)
  }

  private(set) var wants: [Want] = []
  private(set) var children: [(token: String, tree: PointerTree)] = []

  /// Adds what is wanted behind the tokens of a pointer.
  mutating func insert(_ tokens: ArraySlice<String>, _ want: Want) {
    guard let token = tokens.first else { return add(want) }
    if !children.contains(where: { $0.token.hasSameBytes(as: token) }) {
      children.append((token, PointerTree()))
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
  func merged(with other: PointerTree) -> PointerTree {
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
