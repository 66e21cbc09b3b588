import EventIO

/// What is wrong with a workload: all that was found, each with its place.
public struct WorkloadError: Error, Equatable, Sendable, CustomStringConvertible {
  /// One thing that is wrong.
  public struct Problem: Equatable, Sendable, CustomStringConvertible {
    /// Its place in the workload.
    package let path: WorkloadPath

    /// What is wrong there and what would be valid, in a clause.
    public let reason: String

    /// Its line and column in the file, from 1; nil where there is no file.
    public internal(set) var line, column: Int?

    /// The place in words, such as `steps[0].rate`; empty for the whole.
    public var place: String { "\(path)" }

    /// The problem in one line.
    public var description: String {
      let line = line.map { "line \($0)" + (column.map { ", column \($0)" } ?? "") }
      return ([line, path.isEmpty ? nil : "\(path)"].compactMap(\.self) + [reason])
        .joined(separator: ": ")
    }
  }

  /// What was found, at least one.
  public internal(set) var problems: [Problem]

  /// The problems, a line each.
  public var description: String { problems.map(\.description).joined(separator: "\n") }

  init(_ problems: [Problem]) { self.problems = problems }

  /// Makes an error of one problem.
  package init(at path: WorkloadPath = [], _ reason: String) {
    self.init([Problem(path: path, reason: reason)])
  }
}

/// Where something stands in a workload's file, such as `steps[0].rate`.
package struct WorkloadPath: Equatable, Sendable, CustomStringConvertible,
  ExpressibleByArrayLiteral
{
  /// A way from a value to one inside it.
  package enum Step: Equatable, Sendable, ExpressibleByStringLiteral, ExpressibleByIntegerLiteral {
    /// To a member of an object.
    case key(String)

    /// To an element of an array, from 0.
    case index(Int)

    package init(stringLiteral key: String) { self = .key(key) }
    package init(integerLiteral index: Int) { self = .index(index) }
  }

  /// The way from the whole; empty for the whole.
  package var steps: [Step]

  /// The place of the whole.
  static let root = WorkloadPath([])

  package init(arrayLiteral steps: Step...) { self.steps = steps }

  init(_ steps: [Step]) { self.steps = steps }

  /// The path of a member.
  package subscript(key: String) -> WorkloadPath { WorkloadPath(steps + [.key(key)]) }

  /// The path of an element.
  package subscript(index: Int) -> WorkloadPath { WorkloadPath(steps + [.index(index)]) }

  var isEmpty: Bool { steps.isEmpty }

  package var description: String {
    var text = ""
    for step in steps {
      switch step {
      case .index(let index): text += "[\(index)]"
      case .key(let key) where key.utf8.allSatisfy(Self.isPlain) && !key.isEmpty:
        text += (text.isEmpty ? "" : ".") + key
      case .key(let key): text += "[\"\(key.shown)\"]"
      }
    }
    return text
  }

  /// Whether a key needs no quotes for a byte.
  private static func isPlain(_ byte: UInt8) -> Bool {
    byte != UInt8(ascii: ".") && FieldGrammar.isToken(byte)
  }
}
