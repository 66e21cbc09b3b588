import EventIO

/// A key of an object: where its value lies in what the object stands for.
struct FormField<Root: Sendable>: Sendable {
  let key: String

  /// What it is, for whoever writes a file by a schema.
  let about: String

  let expected: String
  let schema: JSONValue
  var isRequired = false

  /// Keys of which each says what this one would.
  var excludedBy: [String] = []

  /// A key without which this one says nothing.
  var needs: String?

  let kinds: Set<JSONValue.Kind>
  let read: @Sendable (JSONValue, WorkloadPath, inout Root, inout JSONForm<Root>.Problems) -> Void

  /// The JSON of a value; nil if it is as in a blank one, or has another form.
  let write: @Sendable (Root, _ blank: Root) -> JSONValue?

  /// A field that is taken and given by functions, of which the one that takes gives nil for what need not
  /// be written.
  init<Value>(
    _ key: String,
    _ form: JSONForm<Value>,
    _ about: String,
    isRequired: Bool = false,
    needs: String? = nil,
    excludedBy: [String] = [],
    get: @escaping @Sendable (Root, _ blank: Root) -> Value?,
    set: @escaping @Sendable (inout Root, Value) -> Void
  ) {
    (self.key, self.about, expected, schema) = (key, about, form.expected, form.schema)
    (self.isRequired, self.needs, self.excludedBy) = (isRequired, needs, excludedBy)
    kinds = form.kinds
    read = { json, path, root, problems in
      if let value = form.read(json, path, &problems) { set(&root, value) }
    }
    write = { get($0, $1).flatMap(form.write) }
  }

  /// A field that may be missing, with nil for that.
  init<Value>(
    _ key: String,
    _ path: WritableKeyPath<Root, Value?> & Sendable,
    _ form: JSONForm<Value>,
    _ about: String
  ) {
    self.init(key, form, about) { root, _ in
      root[keyPath: path]
    } set: {
      $0[keyPath: path] = $1
    }
  }

  /// A field that must be there, or may be missing for what a blank value has.
  init<Value: Equatable>(
    _ key: String,
    _ path: WritableKeyPath<Root, Value> & Sendable,
    _ form: JSONForm<Value>,
    isRequired: Bool = false,
    _ about: String
  ) {
    self.init(key, form, about, isRequired: isRequired) {
      !isRequired && $0[keyPath: path] == $1[keyPath: path] ? nil : $0[keyPath: path]
    } set: {
      $0[keyPath: path] = $1
    }
  }

  private init<Part>(
    _ field: FormField<Part>,
    _ path: WritableKeyPath<Root, [Part]> & Sendable,
    _ blank: Part,
    beside key: String,
    _ isInline: @escaping @Sendable (Root) -> Bool
  ) {
    (self.key, about, expected, schema) = (field.key, field.about, field.expected, field.schema)
    (needs, excludedBy, kinds) = (field.needs, field.excludedBy + [key], field.kinds)
    read = { json, place, root, problems in
      if root[keyPath: path].isEmpty { root[keyPath: path] = [blank] }
      field.read(json, place, &root[keyPath: path][0], &problems)
    }
    write = { root, _ in isInline(root) ? field.write(root[keyPath: path][0], blank) : nil }
  }

  /// A list of parts, with keys that say in its place what its only part has.
  static func listOrOnly<Part>(
    _ key: String,
    _ path: WritableKeyPath<Root, [Part]> & Sendable,
    _ form: JSONForm<[Part]>,
    _ about: String,
    only fields: [FormField<Part>],
    blank: Part,
    where canBeInline: @escaping @Sendable (Root, Part) -> Bool
  ) -> [FormField] {
    let isInline: @Sendable (Root) -> Bool = { root in
      let parts = root[keyPath: path]
      return parts.count == 1 && canBeInline(root, parts[0])
    }
    let list = FormField(key, form, about) { root, _ in
      isInline(root) || root[keyPath: path].isEmpty ? nil : root[keyPath: path]
    } set: {
      $0[keyPath: path] = $1
    }
    return fields.map { FormField($0, path, blank, beside: key, isInline) } + [list]
  }
}

extension JSONForm {
  /// An object of known keys; of several keys of one name the one counts that takes the kind of JSON.
  static func object(
    _ blank: Value,
    exactlyOne choice: [String] = [],
    _ fields: [FormField<Value>]
  ) -> JSONForm {
    let object = FormObject(blank: blank, choice: choice, fields: fields)
    return JSONForm(
      expected: "an object",
      kinds: [.object],
      schema: object.schema,
      read: { object.read($0, $1, &$2) },
      write: { value in
        .object(
          fields.compactMap { field in field.write(value, blank).map { .init(field.key, $0) } }
        )
      }
    )
  }
}

/// An object of known keys, and which of them go together.
private struct FormObject<Root: Sendable>: Sendable {
  let blank: Root
  let choice: [String]
  let fields: [FormField<Root>]

  /// The keys, each once, in their order.
  private var keys: [String] {
    fields.indices.filter { index in !fields[..<index].contains { $0.key == fields[index].key } }
      .map { fields[$0].key }
  }

  private func excluders(_ field: FormField<Root>) -> [String] {
    field.excludedBy.filter { !choice.contains($0) || !choice.contains(field.key) }
  }

  // MARK: Reading

  func read(
    _ json: JSONValue,
    _ path: WorkloadPath,
    _ problems: inout JSONForm<Root>.Problems
  ) -> Root? {
    guard let members = json.members else {
      problems.refuse(json, path, "an object")
      return nil
    }
    let former = problems.count
    let keys = keys
    for member in members where !keys.contains(where: { $0.hasSameBytes(as: member.key) }) {
      let reason =
        "there is no such key here\(keys.suggestion(for: member.key)); valid are "
        + keys.joined(separator: ", ")
      problems.append(.init(path: path[member.key], reason: reason))
    }
    var value = blank
    for key in keys { read(key, json, path, &value, &problems) }
    let chosen = choice.filter { json[$0] != nil }
    if !choice.isEmpty, chosen.count != 1 {
      let (few, many) = ("one of \(choice.joined(separator: ", ")) is missing", chosen)
      let reason = many.isEmpty ? few : "only one may stand here of \(many.joined(separator: ", "))"
      problems.append(.init(path: path, reason: reason))
    }
    return problems.count == former ? value : nil
  }

  private func read(
    _ key: String,
    _ json: JSONValue,
    _ path: WorkloadPath,
    _ value: inout Root,
    _ problems: inout JSONForm<Root>.Problems
  ) {
    let fields = fields.filter { $0.key == key }
    guard let member = json[key] else {
      if fields.contains(where: \.isRequired) {
        problems.append(.init(path: path, reason: "\(key) is missing: \(fields[0].about)"))
      }
      return
    }
    guard let field = fields.first(where: { $0.kinds.contains(member.kind) }) else {
      problems.refuse(member, path[key], fields.map(\.expected).joined(separator: ", or "))
      return
    }
    if let other = excluders(field).first(where: { json[$0] != nil }) {
      let reason = "it cannot stand beside \(other), which says the same or holds it"
      problems.append(.init(path: path[key], reason: reason))
    } else if let other = field.needs, json[other] == nil {
      problems.append(.init(path: path[key], reason: "it goes with \(other), which is missing"))
    } else {
      field.read(member, path[key], &value, &problems)
    }
  }

  // MARK: Schema

  var schema: JSONValue {
    let groups = keys.map { key in (key: key, fields: fields.filter { $0.key == key }) }
    let properties = groups.map { key, fields in
      JSONValue.Member(key, property(fields, about: fields.map(\.about).joined(separator: " Or: ")))
    }
    var schema: [JSONValue.Member] = [
      .init("type", "object"), .init("properties", .object(properties)),
      .init("additionalProperties", false),
    ]
    let required = fields.filter(\.isRequired).map { JSONValue.string($0.key) }
    if !required.isEmpty { schema.append(.init("required", .array(required))) }
    if !choice.isEmpty {
      let ways = choice.map { JSONValue.object([.init("required", [.string($0)])]) }
      schema.append(.init("oneOf", .array(ways)))
    }
    let needed = fields.compactMap { field in
      field.needs.map { JSONValue.Member(field.key, [.string($0)]) }
    }
    if !needed.isEmpty { schema.append(.init("dependentRequired", .object(needed))) }
    let dependent = exclusions(groups)
    if !dependent.isEmpty { schema.append(.init("dependentSchemas", .object(dependent))) }
    return .object(schema)
  }

  /// For each key that excludes others, what is left of these beside it.
  private func exclusions(
    _ groups: [(key: String, fields: [FormField<Root>])]
  ) -> [JSONValue.Member] {
    keys.compactMap { excluder in
      let changed = groups.compactMap { key, fields -> JSONValue.Member? in
        let left = fields.filter { !excluders($0).contains(excluder) }
        guard left.count < fields.count else { return nil }
        return .init(key, left.isEmpty ? false : property(left, about: nil))
      }
      return changed.isEmpty ? nil : .init(excluder, ["properties": .object(changed)])
    }
  }

  private func property(_ fields: [FormField<Root>], about: String?) -> JSONValue {
    let schema: JSONValue =
      fields.count == 1
      ? fields[0].schema : .object([.init("anyOf", .array(fields.map(\.schema)))])
    let description = about.map { [JSONValue.Member("description", .string($0))] } ?? []
    return .object(description + (schema.members ?? []))
  }
}
