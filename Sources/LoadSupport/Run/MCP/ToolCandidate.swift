import EventIO

/// A tool that may be the one that is looked for, with how well its name, its arguments and its words fit.
struct ToolCandidate: Sendable {
  let tool: OfferedTool

  /// The arguments that stand for ours, by our names.
  let matches: [String: Match]

  /// How well it fits; what has less than `least` is none.
  let score: Int

  /// Whether the tool's name says what it does.
  let isNamedSo: Bool

  /// An argument, and whether its name says what it is.
  struct Match: Sendable {
    let field: OfferedTool.Field
    let isByName: Bool
  }

  /// What a tool must have at least.
  static let least = 3

  /// The tools that fit, the best first and of equals the one that the server names first.
  static func all(of rule: ToolRules.Tool, among tools: [OfferedTool]) -> [ToolCandidate] {
    let fitting = tools.compactMap { ToolCandidate($0, rule) }.filter { $0.score >= least }
    return fitting.enumerated()
      .sorted { ($1.element.score, $0.offset) < ($0.element.score, $1.offset) }.map(\.element)
  }

  private init?(_ tool: OfferedTool, _ rule: ToolRules.Tool) {
    self.tool = tool
    let matches = Self.matches(tool)
    self.matches = matches
    let words = ToolRules.words(of: tool.name)
    if rule.key != ToolRules.disconnect.key, words.contains(where: ToolRules.endings.contains) {
      return nil
    }
    let isOfSessions = words.contains(where: ToolRules.sessionWords.contains)
    var verbs = 2 * min(2, Set(words.filter(rule.verbs.contains)).count)
    if isOfSessions, words.contains(where: rule.weakVerbs.contains) { verbs += 2 }
    isNamedSo = verbs > 0
    var score = verbs + (isOfSessions ? 1 : 0)
    score -= 3 * words.count(where: rule.unlike.contains)
    let command = matches["command"]
    if rule.key == ToolRules.run.key {
      guard let command else { return nil }
      let description = ToolRules.words(of: tool.description)
      let isDescribed = ["run", "runs", "execute", "executes"].contains(where: description.contains)
      guard verbs > 0 || isDescribed else { return nil }
      score += isDescribed && description.contains { $0.hasSameBytes(as: "command") } ? 1 : 0
      score += command.isByName ? 2 : 0
      score += matches["session"] != nil || matches["host"]?.isByName == true ? 1 : 0
    } else {
      let role = rule.key == ToolRules.connect.key ? "host" : "session"
      guard verbs > 0, command?.isByName != true else { return nil }
      score += matches[role] != nil ? 2 : 0
    }
    self.score = score
  }

  /// The argument for a target by a name of the server's own, where none takes a host; nil for none.
  ///
  /// Those that may stand for either do by an enum, or by a description that speaks of names.
  func namedTarget(besides matches: [String: Match]) -> Match? {
    let host = matches["host"]
    let taken = matches.filter { $0.key != "host" }.values.map(\.field)
    let fields = host.map { [$0.field] } ?? tool.arguments.filter { !taken.contains($0) }
    let known = fields.first { field in
      let described = ToolRules.words(of: field.description)
      let name = ToolRules.plain(field.name)
      // A name alone may be that of anything.
      let isOfTarget =
        !name.hasSameBytes(as: "name") || described.contains(where: ToolRules.targetWords.contains)
      return field.isAny(of: ["string"]) && ToolRules.targetNames.contains(name) && isOfTarget
        && (field.hasChoices || described.contains(where: ToolRules.namingWords.contains))
        && !described.contains(where: ToolRules.addressWords.contains)
    }
    return known.map { Match(field: $0, isByName: true) }
  }

  /// The arguments of a tool that stand for ours; each stands for one.
  private static func matches(_ tool: OfferedTool) -> [String: Match] {
    var matches: [String: Match] = [:]
    var left = tool.arguments.map { (field: $0, name: ToolRules.plain($0.name)) }
    func take(_ role: String, at index: Int?, isByName: Bool) {
      guard let index else { return }
      matches[role] = Match(field: left.remove(at: index).field, isByName: isByName)
    }
    for rule in ToolRules.arguments {
      let named = rule.names.lazy.compactMap { name in
        left.firstIndex { $0.name.hasSameBytes(as: name) && $0.field.isAny(of: rule.types) }
      }.first
      take(rule.role, at: named, isByName: true)
    }
    // What no name tells, after all that names do.
    for rule in ToolRules.arguments where matches[rule.role] == nil {
      guard let hint = rule.hint else { continue }
      let described = left.firstIndex { field, _ in
        field.isAny(of: rule.types) && field.isRequired
          && ToolRules.words(of: field.description).contains(hint)
      }
      take(rule.role, at: described, isByName: false)
    }
    return matches
  }
}
