import EventIO

/// What a tool does to the world, for clients that ask their user before some calls
/// (specification 2025-06-18, ToolAnnotations).
struct ToolAnnotations: Equatable, Sendable {
  /// The name for people.
  let title: String

  /// Whether it changes nothing.
  var isReadOnly = false

  /// Whether it may destroy something.
  var isDestructive = false

  /// Whether a second call with the same arguments changes nothing more.
  var isIdempotent = false

  /// Whether it reaches beyond this server.
  var isOpenWorld = true

  /// The annotations of each tool by its first name.
  ///
  /// A command counts as destructive whatever the rules are: what they let pass is the operator's
  /// choice, and clients do not know it.
  static let all: [String: ToolAnnotations] = [
    "ssh_connect": ToolAnnotations(title: "Log in over SSH"),
    "ssh_run_command": ToolAnnotations(title: "Run a command", isDestructive: true),
    "ssh_cat_file": ToolAnnotations(title: "Read a file", isReadOnly: true, isIdempotent: true),
    "ssh_hostname": ToolAnnotations(
      title: "Ask for the name",
      isReadOnly: true,
      isIdempotent: true
    ),
    "ssh_disconnect": ToolAnnotations(title: "End an SSH session", isIdempotent: true),
    "ssh_list_sessions": ToolAnnotations(
      title: "List SSH sessions",
      isReadOnly: true,
      isIdempotent: true,
      isOpenWorld: false
    ),
    "ssh_pool_stats": ToolAnnotations(
      title: "Count SSH connections",
      isReadOnly: true,
      isIdempotent: true,
      isOpenWorld: false
    ),
  ]

  /// The value of the member `annotations`.
  var json: JSONValue {
    [
      "title": .string(title), "readOnlyHint": .bool(isReadOnly),
      "destructiveHint": .bool(isDestructive), "idempotentHint": .bool(isIdempotent),
      "openWorldHint": .bool(isOpenWorld),
    ]
  }
}

extension Tool {
  /// Its entries of `tools/list`, one for each name: clients call only what they were shown.
  var entries: [JSONValue] {
    guard let first = names.first, case .object(let members) = definition else { return [] }
    let annotations = ToolAnnotations.all[first].map { [JSONValue.Member("annotations", $0.json)] }
    return names.map { name in
      let renamed = members.map { member -> JSONValue.Member in
        switch member.key {
        case "name": .init("name", .string(name))
        case "description" where name != first:
          .init("description", .string("\(first) by its older name."))
        default: member
        }
      }
      return .object(renamed + (annotations ?? []))
    }
  }
}
