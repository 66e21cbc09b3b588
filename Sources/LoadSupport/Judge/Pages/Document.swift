/// What a report says, made once and rendered for each reader: as plain text, as a page, as Markdown.
///
/// It holds values and sentences; how a table or a verdict looks is the renderers' own.
struct Document: Sendable {
  /// What is reported, as a heading.
  let title: String

  /// What it came to; nil where the summary says so.
  var result: Badge?

  /// The same in a sentence, or what it was.
  var summary: Phrase?

  /// Of which run it is, the run's name first, in a line above a page's heading.
  var origin: [String] = []

  /// What must be known before any figure, each in a sentence.
  var problems: [String] = []

  /// Values that a page shows large below its heading.
  var keys: [ReportSection.Field] = []

  /// What stands above a plain text; nil for one without a frame.
  var banner: Banner?

  /// The parts in the order of their readers.
  var sections: [ReportSection] = []

  /// The beginning of a plain text that has a frame of rules.
  struct Banner: Sendable {
    let title: String
    let fields: [ReportSection.Field]
  }
}

/// What something came to: a word or two, and what they mean for whoever is in a hurry.
struct Badge: Sendable, Equatable {
  /// The meanings.
  enum Meaning: Sendable {
    case good
    case bad
    case open
  }

  let words: String
  let meaning: Meaning
}
