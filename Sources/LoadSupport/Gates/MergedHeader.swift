import EventIO
import Foundation

/// `scenario.json` of a load that several generators made: what they have in common, and the sums of what they did.
enum MergedHeader {
  /// What adds up.
  private static let sums: Set = [
    "workers", "loops", "sessions", "arrival_rate", "stages.workers", "stages.rate.from",
    "stages.rate.to", "stages.busy_workers.from", "stages.busy_workers.to",
  ]

  /// What each generator has for itself: that of the first stands for all.
  private static let own: Set = ["trace", "network.details", "network.protocol_probe"]

  /// Puts headers together.
  ///
  /// - Throws: which of them differ, and in what.
  static func merging(
    _ parts: [RecordingParts.ScenarioPart]
  ) throws -> ScenarioHeader {
    let values = try parts.map {
      try JSONValue(parsing: RecordingJSON.encodeLine($0.header).dropLast())
    }
    var whole = values[0]
    for (part, value) in zip(parts, values).dropFirst() {
      do throws(Difference) {
        whole = try sum(whole, value, at: "") ?? whole
      } catch {
        throw RecordingFormatError(
          "\(part.layout.header) is of another load than \(parts[0].layout.header): they differ in \(error.key); "
            + "merge parts of one plan only"
        )
      }
    }
    let header = try JSONDecoder().decode(ScenarioHeader.self, from: Data(whole.encoded))
    guard header.isPossible else {
      throw RecordingFormatError(
        "the parts of \(header.scenario) add up to more than a load can have"
      )
    }
    return header
  }

  /// The key that two headers differ in.
  private struct Difference: Error {
    let key: String
  }

  /// The value of two parts together; nil is none.
  private static func sum(
    _ one: JSONValue?,
    _ other: JSONValue?,
    at path: String
  ) throws(Difference) -> JSONValue? {
    if own.contains(path) { return one }
    if sums.contains(path) {
      guard let one, let other else { return one ?? other }
      if let whole = one.integer, let more = other.integer {
        let (sum, overflows) = whole.addingReportingOverflow(more)
        if !overflows { return .number(String(sum)) }
      } else if let value = one.double, let more = other.double {
        return .init(floatLiteral: value + more)
      }
      throw Difference(key: path)
    }
    switch (one, other) {
    case (.object(let members), .object(let others)):
      return .object(try sum(members, others, at: path))
    case (.array(let elements), .array(let others)) where elements.count == others.count:
      var sums: [JSONValue] = []
      for (element, other) in zip(elements, others) {
        sums += [try sum(element, other, at: path)].compactMap(\.self)
      }
      return .array(sums)
    default:
      guard one?.encoded == other?.encoded else { throw Difference(key: path) }
      return one
    }
  }

  private static func sum(
    _ members: [JSONValue.Member],
    _ others: [JSONValue.Member],
    at path: String
  ) throws(Difference) -> [JSONValue.Member] {
    func values(_ members: [JSONValue.Member]) -> [String: JSONValue] {
      Dictionary(members.map { ($0.key, $0.value) }) { $1 }
    }
    let (values, more) = (values(members), values(others))
    var sums: [JSONValue.Member] = []
    for key in Set(values.keys).union(more.keys).sorted() {
      let place = path.isEmpty ? key : "\(path).\(key)"
      if let value = try sum(values[key], more[key], at: place) {
        sums.append(JSONValue.Member(key, value))
      }
    }
    return sums
  }
}
