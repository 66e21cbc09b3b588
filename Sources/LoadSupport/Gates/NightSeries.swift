/// The comparable nights of a scenario: of one hardware and load, one line a night, in their order.
package struct NightSeries: Sendable {
  /// What the lines have in common.
  package let conditions: NightLine.Conditions

  /// The lines, the latest last.
  package let lines: [NightLine]

  /// What a reader must know of the lines that are not here, each in a sentence.
  package let remarks: [String]

  /// Nights beyond which nothing of the past is judged or shown.
  static let span = 60

  /// The nights up to one, the latest if it is nil; nil if there are none.
  ///
  /// Hardware and load are those of the last line of that night, or of the latest before it.
  package init?(_ content: NightHistory.Content, upTo end: Night? = nil) {
    let all = content.lines.filter { line in end.map { line.line.night <= $0 } ?? true }
    guard let latest = all.map(\.line.night).max(),
      let last = all.last(where: { $0.line.night == latest })?.line
    else { return nil }
    conditions = last.conditions
    let alike = all.filter {
      $0.line.conditions.areAlike(last.conditions) || $0.line.night == latest && $0.line == last
    }
    let nights = Dictionary(grouping: alike) { $0.line.night }.sorted { $0.key < $1.key }
    lines = nights.compactMap { $0.value.last?.line }
    remarks =
      content.remarks + Self.others(all.map(\.line), than: last)
      + nights.suffix(Self.span).compactMap { night, lines in
        lines.count > 1
          ? "\(night) is there \(lines.count) times; line \(lines.last?.number ?? 0) counts, the latest"
          : nil
      } + Self.gaps(lines.suffix(Self.span).map(\.night))
  }

  /// The lines that are not older than an accepted level.
  package func lines(since: Night?) -> [NightLine] {
    lines.filter { line in since.map { line.night >= $0 } ?? true }
  }

  /// Those of them that others may be measured by: no threshold failed, and not clearly more requests
  /// than in such nights before.
  func sound(since: Night?) -> [NightLine] {
    lines(since: since).reduce(into: []) { sound, line in
      let before = FailedRequests.sum(sound.suffix(Baseline.mostNights).map(\.failed))
      let failsMore = before.requests > 0 && line.failed.exceeds(before)
      if line.failures == nil, !failsMore { sound.append(line) }
    }
  }

  private static func others(_ lines: [NightLine], than last: NightLine) -> [String] {
    if let reason = last.conditions.unknown {
      return ["the night is compared with no other: \(reason)"]
    }
    let old = lines.filter { !$0.load.isComplete }
    let lines = lines.filter(\.load.isComplete)
    let hardware = lines.filter { $0.key != last.key }
    let load = lines.filter { $0.key == last.key && $0.load != last.load }
    var remarks: [String] = []
    if !old.isEmpty {
      remarks.append(
        "\(NumberText.thereBeing(old.count, "line", " of format 1")) left out, without all that decides what was measured"
      )
    }
    if let other = hardware.last {
      remarks.append(
        "\(NumberText.thereBeing(hardware.count, "line", " of other hardware")) left out (such as \(other.key); judged is "
          + "\(last.key))"
      )
    }
    if let other = load.last {
      remarks.append(
        "\(NumberText.thereBeing(load.count, "line", " of another load")) left out (such as "
          + "\(other.load.description(unlike: last.load)); "
          + "judged is \(last.load.description(unlike: other.load)))"
      )
    }
    return remarks
  }

  private static func gaps(_ nights: [Night]) -> [String] {
    let gaps = zip(nights, nights.dropFirst()).filter { $1.day - $0.day > 1 }
    guard !gaps.isEmpty else { return [] }
    let missing = gaps.map { $1.day - $0.day - 1 }.reduce(0, +)
    let shown = gaps.suffix(5).map { before, after in
      let (first, last) = (before.advanced(by: 1), after.advanced(by: -1))
      return first == last ? "\(first)" : "\(first) to \(last)"
    }
    return [
      "\(NumberText.thereBeing(missing, "night")) missing since \(nights[0]): "
        + (gaps.count > shown.count ? "…, " : "") + shown.joined(separator: ", ")
    ]
  }
}
