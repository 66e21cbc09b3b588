import Foundation

/// `baselines/<scenario>.json`: the anchored baselines of a scenario, one for each hardware and load.
package struct BaselineFile: Sendable, Equatable, Codable {
  /// The version of the format that this code writes and the newest it reads.
  static let currentFormat = 2

  /// The version of the format.
  package private(set) var format: Int

  /// The scenario's name.
  package let scenario: String

  /// The baselines.
  package private(set) var baselines: [Baseline]

  /// The baseline of a hardware and load.
  package subscript(conditions: NightLine.Conditions) -> Baseline? {
    baselines.first { $0.conditions.areAlike(conditions) }
  }

  /// The file of a scenario in a directory.
  package static func path(of scenario: String, in directory: String) -> String {
    "\(directory)/\(scenario).json"
  }

  /// Reads the file of a scenario; one that is not there holds nothing.
  ///
  /// - Throws: a sentence when it is damaged or of a newer format: to judge without a baseline that
  ///   somebody froze would hide what it was frozen for.
  package init(of scenario: String, in directory: String) throws(RecordingFormatError) {
    let path = Self.path(of: scenario, in: directory)
    do {
      self = try RecordingJSON.decodeFile(BaselineFile.self, at: path)
    } catch let error as CocoaError where error.code == .fileReadNoSuchFile {
      format = Self.currentFormat
      self.scenario = scenario
      baselines = []
    } catch {
      throw RecordingFormatError(
        "\(path) cannot be read as baselines of format \(Self.currentFormat): put the last good "
          + "version of the file back, or remove it and anchor again"
      )
    }
    guard format <= Self.currentFormat, self.scenario == scenario else {
      throw RecordingFormatError(
        "\(path) holds baselines of \(self.scenario) in format \(format); expected is \(scenario) in a "
          + "format up to \(Self.currentFormat)"
      )
    }
  }

  /// Puts a baseline in the place of that of its hardware and load.
  package mutating func put(_ baseline: Baseline) {
    format = Self.currentFormat
    baselines.removeAll { $0.conditions == baseline.conditions }
    baselines.append(baseline)
  }

  /// Writes the file whole or not at all; the directory is created.
  package func write(to directory: String) throws {
    try FileManager.default.createDirectory(atPath: directory, withIntermediateDirectories: true)
    try RecordingJSON.encodeFile(self).write(
      to: URL(fileURLWithPath: Self.path(of: scenario, in: directory)),
      options: .atomic
    )
  }
}
