import EventIO
import Foundation

@testable import LoadSupport

/// What JSON Schema (draft 2020-12) says of a file that a type reads and writes.
///
/// It is found by having the type read: each key that it asks for, of which kind the value is, and whether it must be
/// there. So the code's own declaration is the schema's, too.
final class TypeSchema {
  private var definitions: [String: JSONValue] = [:]

  /// The schema of a file.
  static func of<File: Decodable>(
    _ type: File.Type,
    title: String,
    about: String
  ) throws -> JSONValue {
    let schemas = TypeSchema()
    let (reference, _) = try schemas.learn(type)
    let definitions = schemas.definitions.sorted { $0.key < $1.key }
    return .object([
      .init("$schema", "https://json-schema.org/draft/2020-12/schema"),
      .init("title", .string(title)), .init("description", .string(about)),
      .init("$ref", reference["$ref"] ?? .null),
      .init("$defs", .object(definitions.map { .init($0.key, $0.value) })),
    ])
  }

  /// What a type reads, and a value of it.
  fileprivate func learn<Value: Decodable>(_ type: Value.Type) throws -> (JSONValue, Value) {
    if let known = type as? any KnownSchema.Type {
      return try pair(known.schema(self), known.example)
    }
    if let words = type as? any (CaseIterable & RawRepresentable).Type {
      let (schema, example) = Self.words(words)
      return try pair(schema, example)
    }
    let object = ObjectRecorder(self)
    let value = try Value(from: object)
    let name = String(reflecting: type).split(separator: ".").dropFirst().joined(separator: ".")
    definitions[name] = object.schema
    return (["$ref": .string("#/$defs/\(name)")], value)
  }

  private func pair<Value>(_ schema: JSONValue, _ example: Any?) throws -> (JSONValue, Value) {
    guard let example = example as? Value else { throw Unknown(type: "\(Value.self)") }
    return (schema, example)
  }

  private static func words<Words: CaseIterable & RawRepresentable>(
    _ type: Words.Type
  ) -> (JSONValue, Any?) {
    let words = type.allCases.compactMap { $0.rawValue as? String }
    return (
      .object([.init("type", "string"), .init("enum", .array(words.map { .string($0) }))]),
      type.allCases.first
    )
  }

  /// A type of which nothing can be learned: a word without all its cases, or what reads itself in a way of its own.
  struct Unknown: Error {
    let type: String
  }
}

/// A type that does not read an object.
private protocol KnownSchema {
  static func schema(_ schemas: TypeSchema) throws -> JSONValue
  static var example: Any? { get }
}

extension Bool: KnownSchema {
  fileprivate static func schema(_ schemas: TypeSchema) -> JSONValue { ["type": "boolean"] }
  fileprivate static var example: Any? { false }
}

extension String: KnownSchema {
  fileprivate static func schema(_ schemas: TypeSchema) -> JSONValue { ["type": "string"] }
  fileprivate static var example: Any? { "" }
}

extension Double: KnownSchema {
  fileprivate static func schema(_ schemas: TypeSchema) -> JSONValue { ["type": "number"] }
  fileprivate static var example: Any? { 0.0 }
}

extension KnownSchema where Self: FixedWidthInteger {
  fileprivate static func schema(_ schemas: TypeSchema) -> JSONValue {
    isSigned ? ["type": "integer"] : .object([.init("type", "integer"), .init("minimum", 0)])
  }
  fileprivate static var example: Any? { Self.zero }
}

extension Int: KnownSchema {}
extension Int32: KnownSchema {}
extension Int64: KnownSchema {}
extension UInt16: KnownSchema {}
extension UInt64: KnownSchema {}

extension Array: KnownSchema where Element: Decodable {
  fileprivate static func schema(_ schemas: TypeSchema) throws -> JSONValue {
    .object([.init("type", "array"), .init("items", try schemas.learn(Element.self).0)])
  }
  fileprivate static var example: Any? { [Element]() }
}

extension Dictionary: KnownSchema where Key == String, Value: Decodable {
  fileprivate static func schema(_ schemas: TypeSchema) throws -> JSONValue {
    .object([
      .init("type", "object"), .init("additionalProperties", try schemas.learn(Value.self).0),
    ])
  }
  fileprivate static var example: Any? { [String: Value]() }
}

extension Night: KnownSchema {
  fileprivate static func schema(_ schemas: TypeSchema) -> JSONValue {
    .object([.init("type", "string"), .init("pattern", "^[0-9]{4}-[0-9]{2}-[0-9]{2}$")])
  }
  fileprivate static var example: Any? { Night(Date(timeIntervalSince1970: 0)) }
}

// MARK: Objects

/// Notes the keys that a type asks for.
private final class ObjectRecorder: Decoder {
  let schemas: TypeSchema
  let codingPath: [any CodingKey] = []
  let userInfo: [CodingUserInfoKey: Any] = [:]
  private var properties: [JSONValue.Member] = []
  private var optional: Set<String> = []

  init(_ schemas: TypeSchema) { self.schemas = schemas }

  var schema: JSONValue {
    let required = properties.map(\.key).filter { !optional.contains($0) }.map(JSONValue.string)
    return .object(
      [
        .init("type", "object"), .init("properties", .object(properties)),
        .init("additionalProperties", false),
      ] + (required.isEmpty ? [] : [.init("required", .array(required))])
    )
  }

  func note(optional key: String) { optional.insert(key) }

  func value<Value: Decodable>(_ type: Value.Type, _ key: String) throws -> Value {
    let (schema, value) = try schemas.learn(type)
    if !properties.contains(where: { $0.key == key }) { properties.append(.init(key, schema)) }
    return value
  }

  func container<Key: CodingKey>(keyedBy type: Key.Type) -> KeyedDecodingContainer<Key> {
    KeyedDecodingContainer(Keys(recorder: self))
  }

  func unkeyedContainer() throws -> any UnkeyedDecodingContainer {
    throw TypeSchema.Unknown(type: "a list")
  }

  func singleValueContainer() throws -> any SingleValueDecodingContainer {
    throw TypeSchema.Unknown(type: "a value")
  }

  struct Keys<Key: CodingKey>: KeyedDecodingContainerProtocol {
    let recorder: ObjectRecorder
    let codingPath: [any CodingKey] = []
    let allKeys: [Key] = []

    /// Whoever asks can do without.
    func contains(_ key: Key) -> Bool {
      recorder.note(optional: key.stringValue)
      return true
    }

    func decodeNil(forKey key: Key) -> Bool { false }

    func decode<Value: Decodable>(_ type: Value.Type, forKey key: Key) throws -> Value {
      try recorder.value(type, key.stringValue)
    }

    func nestedContainer<NestedKey: CodingKey>(
      keyedBy type: NestedKey.Type,
      forKey key: Key
    ) throws -> KeyedDecodingContainer<NestedKey> {
      throw TypeSchema.Unknown(type: key.stringValue)
    }

    func nestedUnkeyedContainer(forKey key: Key) throws -> any UnkeyedDecodingContainer {
      throw TypeSchema.Unknown(type: key.stringValue)
    }

    func superDecoder() throws -> any Decoder { throw TypeSchema.Unknown(type: "super") }

    func superDecoder(forKey key: Key) throws -> any Decoder {
      throw TypeSchema.Unknown(type: key.stringValue)
    }
  }
}
