/// Where clients may have the server log in.
struct AllowedHosts: Equatable, Sendable {
  /// A destination that no pattern lets pass.
  struct Refusal: Error, Equatable, Sendable {}

  private var patterns: [HostPattern] = []

  /// Whether any destination will do.
  var areUnlimited: Bool { patterns.isEmpty }

  /// Adds patterns that have blanks or commas between them.
  mutating func add(_ text: String) throws(ConfigurationError) {
    let separators = Array(" \t\n\r,".utf8)
    let words = text.utf8.split { separators.contains($0) }
    let added = words.compactMap { HostPattern(String(decoding: $0, as: UTF8.self)) }
    guard !words.isEmpty, added.count == words.count else {
      throw .expected("[USER@]HOST[:PORT], an IPv6 address in brackets, * for any characters")
    }
    patterns += added
  }

  /// The pattern that lets a destination pass; nil where there are none.
  func rule(for destination: SSHDestination) throws(Refusal) -> String? {
    guard !areUnlimited else { return nil }
    guard let pattern = patterns.first(where: { $0.matches(destination) }) else { throw Refusal() }
    return pattern.text
  }
}
