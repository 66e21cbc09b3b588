import EventIO

/// `events.jsonl` of a load that several generators made: the time that all of them measured, and what each had to
/// say.
///
/// A step's window begins with the last of the parts' and ends with the first; where a part ended early, all ends.
struct MergedEvents {
  /// A part's own events, with instants of the whole load.
  struct Part {
    /// What to call it, in front of what it says.
    let name: String
    let events: [RunEvent]

    /// Where its samples end, where its events do not tell of an end.
    let lastDone: Int64?

    private let kinds: [RunEvent.Kind: [RunEvent]]

    init(name: String, events: [RunEvent], lastDone: Int64?) {
      (self.name, self.events, self.lastDone) = (name, events, lastDone)
      kinds = Dictionary(grouping: events, by: \.event)
    }

    func all(_ kind: RunEvent.Kind) -> [RunEvent] { kinds[kind] ?? [] }

    /// How many events it has that each other part has, too.
    fileprivate var commonCount: Int { MergedEvents.common.map { all($0).count }.reduce(0, +) }

    /// Whether it has sent any of the load.
    var hasBegun: Bool { !all(.measure).isEmpty }

    /// When and why it ended before it was to; nil where it did not.
    var earlyEnd: (at: Int64, reason: String)? {
      if let end = events.first(where: { $0.event == .stopped || $0.event == .failed }) {
        return (end.at, "ended early: \(end.message ?? "no reason is known")")
      }
      // An end that tells no number of attempts is none.
      guard !all(.end).contains(where: { $0.attempts != nil }) else { return nil }
      return (lastDone ?? events.map(\.at).max() ?? 0, "broke off: its generator was killed")
    }
  }

  /// The kinds of events that each part has as many of as all others.
  private static let common: Set<RunEvent.Kind> = [
    .setup, .warmup, .measure, .stepEnd, .drain, .end,
  ]

  /// More of them has no load, and judging them would take minutes; and of what a part had to say by the way more
  /// tells nothing.
  private static let mostCommon = 2_000
  private static let mostNotes = 100

  /// The events in the order of the load.
  private(set) var events: [RunEvent] = []

  private let parts: [Part]

  /// Puts events together.
  ///
  /// - Throws: which part has other steps.
  init(_ parts: [Part]) throws(RecordingFormatError) {
    self.parts = parts
    let ends = parts.compactMap { part in part.earlyEnd.map { (part: part, end: $0) } }
    // Where a part has sent nothing, what the others did is there to see.
    let begun = ends.filter(\.part.hasBegun)
    let cut =
      parts.contains(where: \.hasBegun) ? begun.map(\.end.at).min() : ends.map(\.end.at).min()
    // Who got furthest tells what there was to do.
    let furthest = parts.max { $0.commonCount < $1.commonCount }
    guard furthest?.commonCount ?? 0 <= Self.mostCommon else {
      throw RecordingFormatError("\(furthest?.name ?? "") has more steps than a load can have")
    }
    var counts: [RunEvent.Kind: Int] = [:]
    for event in furthest?.events ?? [] where Self.common.contains(event.event) {
      let number = counts[event.event, default: 0]
      counts[event.event] = number + 1
      let alike = parts.map { part in part.all(event.event).dropFirst(number).first }
      try check(alike, against: event)
      let merged = merge(event, alike.compactMap(\.self), of: number)
      // What never came, since all had ended, was not measured.
      let isLate = cut.map { merged.at >= $0 } ?? false
      if event.event == .warmup || event.event == .measure, isLate { continue }
      if event.event == .end, !ends.isEmpty { continue }
      if event.event == .measure, merged.until.map({ $0 <= merged.at }) ?? false {
        throw RecordingFormatError(
          "the parts measured\(event.step.map { " the step \($0)" } ?? "") one after the other, and no time is "
            + "common to all: start all parts at one instant (--start-at), with synchronised clocks"
        )
      }
      events.append(merged)
    }
    if let end = cut ?? (ends.isEmpty ? nil : events.map(\.at).max()) {
      let start = events.first { $0.event == .measure }?.at ?? end
      let words = ends.map { part, end in
        let instant = NumberText.oneDecimal(Double(end.at - start) / 1e9)
        return "\(part.name) \(end.reason)" + (part.hasBegun ? ", at \(instant) s" : "")
      }
      events.append(RunEvent(.failed, at: end, message: words.joined(separator: "; ")))
    }
    addNotes()
  }

  /// Holds that all parts that went on to their end did the same.
  private func check(
    _ alike: [RunEvent?],
    against event: RunEvent
  ) throws(RecordingFormatError) {
    for (part, own) in zip(parts, alike) {
      let isSame = own.map {
        $0.kind == event.kind && (($0.step ?? "").hasSameBytes(as: event.step ?? ""))
      }
      guard isSame ?? (part.earlyEnd != nil) else {
        throw RecordingFormatError(
          "\(part.name) lacks steps that the others have (\(event.event.rawValue)"
            + (event.step.map { " of \($0)" } ?? "") + "): merge parts of one plan only"
        )
      }
    }
  }

  /// The `number`-th event of a kind, of all parts that have it.
  private func merge(_ event: RunEvent, _ alike: [RunEvent], of number: Int) -> RunEvent {
    func sum(_ value: (RunEvent) -> Int?) -> Int? {
      let values = alike.compactMap(value)
      return values.count == alike.count ? values.reduce(0, +) : nil
    }
    var event = event
    let instants = alike.map(\.at)
    let isBeginning = event.event == .setup || event.event == .warmup
    event.at = (isBeginning ? instants.min() : instants.max()) ?? event.at
    event.until = event.event == .measure ? end(of: number, alike) : alike.compactMap(\.until).max()
    event.workers = sum(\.workers)
    (event.attempts, event.iterations, event.cut) = (sum(\.attempts), sum(\.iterations), sum(\.cut))
    let messages = zip(parts, parts.map { $0.all(event.event).dropFirst(number).first?.message })
      .compactMap { part, message in message.map { "\(part.name): \($0)" } }
    event.message = messages.isEmpty ? nil : messages.joined(separator: "; ")
    return event
  }

  /// The planned end of the `number`-th slice: the earliest, or where another stage follows without a break, the
  /// beginning of that, so that they still do.
  private func end(of number: Int, _ alike: [RunEvent]) -> Int64? {
    let next = parts.lazy.compactMap { part -> Int? in
      let slices = part.all(.measure)
      guard number < slices.count else { return nil }
      return slices.firstIndex {
        $0.at == slices[number].until && $0.group == slices[number].group
      }
    }.first
    let following = next.flatMap { next in
      parts.compactMap { $0.all(.measure).dropFirst(next).first?.at }.max()
    }
    return following ?? alike.compactMap(\.until).min()
  }

  /// Adds what parts had to say by the way; what only one of them does is told by the first that does it.
  private mutating func addNotes() {
    for kinds in [[RunEvent.Kind.fault, .restored], [.target]] {
      let telling = parts.first { part in part.events.contains { kinds.contains($0.event) } }
      events += telling?.events.filter { kinds.contains($0.event) } ?? []
    }
    for part in parts {
      let notes = part.events.filter { [.problem, .remark, .serverProcess].contains($0.event) }
      events += notes.prefix(Self.mostNotes).map { event in
        var event = event
        event.message = event.message.map { "\(part.name): \($0)" }
        return event
      }
      if notes.count > Self.mostNotes, let last = notes.last {
        let more = notes.count - Self.mostNotes
        events.append(
          RunEvent(
            .problem,
            at: last.at,
            message: "\(part.name): and \(more) more problems and remarks"
          )
        )
      }
    }
  }
}
