import EventIO

/// The samples of a scenario in all parts of its recording, read again with each pass, in constant memory.
package struct RecordedSamples: Sendable {
  /// The files of one part.
  struct Part: Sendable {
    let files: [String]

    /// Where its samples stand among those of the other parts; nil where there are no others.
    let place: Place?
  }

  /// What makes a part's instants and workers those of the whole load.
  struct Place: Sendable {
    /// Nanoseconds from the origin of part 0 to the part's own.
    let shift: Int64

    /// The part's workers among those of all parts.
    let workers: Range<Int>

    /// The sample as one of the whole load; nil of a worker that the part has not: its number is another's.
    func putting(_ sample: Sample) -> Sample? {
      guard sample.worker < workers.count else { return nil }
      var sample = sample
      sample.worker += workers.lowerBound
      sample.attempt.planned += shift
      sample.attempt.sent? += shift
      sample.attempt.firstByte? += shift
      sample.attempt.done += shift
      return sample
    }
  }

  /// How many lines a pass came upon.
  struct Lines: Sendable, Equatable {
    /// Those that are samples.
    var read = 0

    /// Those that are none, or of a worker that their part has not.
    var unreadable = 0
  }

  /// The parts in the order of their indices.
  let parts: [Part]

  /// Makes one of all parts.
  init(parts: [Part]) {
    self.parts = parts
  }

  /// The samples of a recording of one part.
  ///
  /// - Throws: when the directory cannot be listed.
  package init(of layout: ScenarioLayout) throws {
    parts = [Part(files: try layout.sampleFiles(), place: nil)]
  }

  /// Calls `body` with the index of each sample's part and the sample, part by part and file by file; a
  /// worker's samples come in their order.
  ///
  /// - Throws: when a file cannot be read; lines that are no samples are counted.
  @discardableResult
  func read(_ body: (_ part: Int, Sample) -> Void) throws(Errno) -> Lines {
    var reader = SampleReader()
    var strays = 0
    for (index, part) in parts.enumerated() {
      for file in part.files {
        guard let place = part.place else {
          try reader.read(file) { body(index, $0) }
          continue
        }
        try reader.read(file) { sample in
          if let sample = place.putting(sample) { body(index, sample) } else { strays += 1 }
        }
      }
    }
    return Lines(read: reader.lines - strays, unreadable: reader.unreadableLines + strays)
  }
}
