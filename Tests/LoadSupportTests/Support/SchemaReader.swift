import EventIO
import Foundation

@testable import LoadSupport

/// As much of JSON Schema (draft 2020-12) as the suite's own schema uses.
enum SchemaReader {
  /// Keywords that say nothing of what is valid.
  private static let words: Set = ["$schema", "title", "description", "$defs"]

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

  /// A schema with what its references stand for in their place; none may lead back to itself.
  static func resolved(_ schema: JSONValue) -> JSONValue {
    func resolve(_ value: JSONValue) -> JSONValue {
      if let name = value["$ref"]?.string?.split(separator: "/").last {
        return resolve(schema["$defs"]?[String(name)] ?? false)
      }
      if let members = value.members {
        return .object(members.map { .init($0.key, resolve($0.value)) })
      }
      return value.array.map { .array($0.map(resolve)) } ?? value
    }
    return resolve(schema)
  }

  /// Where a value is not valid: its path, and what stands there; nil where it is.
  static func fault(_ value: JSONValue, _ schema: JSONValue, _ path: String = "") -> String? {
    if accepts(value, schema) { return nil }
    let named = schema["properties"] ?? [:]
    let inner =
      (value.members ?? []).lazy.compactMap { member in
        fault(
          member.value,
          named[member.key] ?? schema["additionalProperties"] ?? true,
          "\(path)/\(member.key)"
        )
      }.first
      ?? (value.array ?? []).lazy.compactMap { fault($0, schema["items"] ?? true, path + "/-") }
      .first
    let missing = (schema["required"]?.array ?? []).compactMap(\.string)
      .filter { value[$0] == nil }
    return inner
      ?? "\(path) is \(value.brief)"
      + (missing.isEmpty ? "" : " and lacks \(missing.joined(separator: ", "))")
  }

  /// The value with one fault each: a key too many, one too few, or something else in a value's place; within lists and
  /// names of the file's own only in the first.
  static func damaged(_ value: JSONValue, _ schema: JSONValue) -> [JSONValue] {
    if let elements = value.array {
      return elements.first.map { first in
        damaged(first, schema["items"] ?? true).map { .array([$0] + elements.dropFirst()) }
      } ?? [[:]]
    }
    guard let members = value.members else { return [[[]]] }
    let named = schema["properties"]
    var all: [JSONValue] = named == nil ? [] : [.object(members + [.init("no_such_key", 1)])]
    for (index, member) in members.enumerated() where named != nil || index == 0 {
      func changed(_ to: [JSONValue.Member]) -> JSONValue {
        .object(members[..<index] + to + members[(index + 1)...])
      }
      let inner = named?[member.key] ?? schema["additionalProperties"] ?? true
      all += damaged(member.value, inner).map { changed([.init(member.key, $0)]) }
      if (schema["required"]?.array ?? []).contains(.string(member.key)) { all.append(changed([])) }
    }
    return all
  }

  private static func types(_ value: JSONValue) -> [String] {
    switch value {
    case .null: ["null"]
    case .bool: ["boolean"]
    case .string: ["string"]
    case .array: ["array"]
    case .object: ["object"]
    case .number(let text):
      // Numbers beyond those of the machine are whole, too.
      value.integer != nil || text.utf8.allSatisfy { (0x30...0x39).contains($0) }
        ? ["number", "integer"] : ["number"]
    }
  }

  /// Whether a pattern between `^` and `$` matches; these do not take a line end for an end.
  private static func matches(_ text: String, _ pattern: String) -> Bool {
    guard let expression = try? NSRegularExpression(pattern: pattern) else { return false }
    let all = NSRange(text.startIndex..., in: text)
    return expression.firstMatch(in: text, range: all)?.range == all
  }
}
