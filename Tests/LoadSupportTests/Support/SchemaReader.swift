import EventIO
import Foundation

@testable import LoadSupport

/// As much of JSON Schema (draft 2020-12) as the suite's own schema uses.
enum SchemaReader {
  /// Keywords that say nothing of what is valid.
  private static let words: Set = ["$schema", "title", "description"]

  /// Whether a value is valid; a keyword that is not known here traps.
  static func accepts(_ value: JSONValue, _ schema: JSONValue) -> Bool {
    if let answer = schema.bool { return answer }
    return (schema.members ?? []).allSatisfy {
      words.contains($0.key) || accepts(value, $0.key, $0.value, in: schema)
    }
  }

  private static func accepts(
    _ value: JSONValue,
    _ keyword: String,
    _ argument: JSONValue,
    in schema: JSONValue
  ) -> Bool {
    let (number, text) = (argument.double ?? .nan, argument.string ?? "")
    let count = argument.integer ?? .max
    switch keyword {
    case "type": return types(value).contains(text)
    case "enum": return (argument.array ?? []).contains(value)
    case "anyOf": return (argument.array ?? []).contains { accepts(value, $0) }
    case "oneOf": return (argument.array ?? []).count { accepts(value, $0) } == 1
    case "minimum": return value.double.map { $0 >= number } ?? true
    case "exclusiveMinimum": return value.double.map { $0 > number } ?? true
    case "maximum": return value.double.map { $0 <= number } ?? true
    case "pattern": return value.string.map { matches($0, text) } ?? true
    case "minLength":
      return value.string.map { $0.unicodeScalars.count >= count } ?? true
    case "maxLength":
      return value.string.map { $0.unicodeScalars.count <= count } ?? true
    case "items": return (value.array ?? []).allSatisfy { accepts($0, argument) }
    case "minItems": return value.array.map { $0.count >= count } ?? true
    case "maxItems": return value.array.map { $0.count <= count } ?? true
    default: return accepts(members: value, keyword, argument, in: schema)
    }
  }

  private static func accepts(
    members value: JSONValue,
    _ keyword: String,
    _ argument: JSONValue,
    in schema: JSONValue
  ) -> Bool {
    guard let members = value.members else { return true }
    let beside = (argument.members ?? []).filter { value[$0.key] != nil }
    switch keyword {
    case "properties": return beside.allSatisfy { accepts(value[$0.key] ?? .null, $0.value) }
    case "required": return (argument.array ?? []).allSatisfy { value[$0.string ?? ""] != nil }
    case "additionalProperties":
      let others = members.filter { schema["properties"]?[$0.key] == nil }
      return others.allSatisfy { accepts($0.value, argument) }
    case "propertyNames": return members.allSatisfy { accepts(.string($0.key), argument) }
    case "minProperties": return members.count >= argument.integer ?? .max
    case "dependentSchemas": return beside.allSatisfy { accepts(value, $0.value) }
    case "dependentRequired":
      return beside.flatMap { $0.value.array ?? [] }.allSatisfy { value[$0.string ?? ""] != nil }
    default: fatalError("the schema uses \(keyword), which is not read here")
    }
  }

  private static func types(_ value: JSONValue) -> [String] {
    switch value {
    case .null: ["null"]
    case .bool: ["boolean"]
    case .string: ["string"]
    case .array: ["array"]
    case .object: ["object"]
    case .number: value.integer == nil ? ["number"] : ["number", "integer"]
    }
  }

  /// Whether a pattern between `^` and `$` matches; these do not take a line end for an end.
  private static func matches(_ text: String, _ pattern: String) -> Bool {
    guard let expression = try? NSRegularExpression(pattern: pattern) else { return false }
    let all = NSRange(text.startIndex..., in: text)
    return expression.firstMatch(in: text, range: all)?.range == all
  }
}
