import EventIO

/// `ssh_cat_file`: reads a file of the other machine, up to a size.
struct CatFileTool: Tool {
  /// The directories whose files may be read, after symbolic links were followed.
  let roots: [String]

  /// The most that is read.
  let limitBytes: Int

  let names = ["ssh_cat_file"]

  let summary = "Reads a file over an SSH session."
  let annotations = ToolAnnotations(title: "Read a file", isReadOnly: true, isIdempotent: true)

  var arguments: [ToolArgumentSchema] {
    [ToolArgument.sessionID.schema, Self.path.schema, Self.isBase64.schema, maximum.schema]
  }

  private static let path = ToolArgument.required("path", "Absolute path of the file.")

  private static let isBase64 = ToolArgument<Bool>(
    "encoding",
    "string",
    "How to return the bytes; base64 for files that are not UTF-8.",
    [.init("enum", ["utf-8", "base64"]), .init("default", "utf-8")]
  ) { value throws(InvalidValue) in
    guard let value else { return false }
    guard let encoding = value.string?.asciiLowercased() else { throw .expected("a string") }
    if ["utf-8", "utf8", "text"].contains(encoding) { return false }
    guard encoding == "base64" else { throw .expected("utf-8 or base64") }
    return true
  }

  private var maximum: ToolArgument<Int?> {
    .integer(
      "max_size",
      "The most bytes to return; more are cut off, and truncated says so.",
      1...limitBytes
    )
  }

  func call(_ call: ToolCall) async throws(ToolError) -> ToolResult {
    let sshSession = try call.sshSession()
    let path = try call.value(Self.path)
    call.audit.path = path
    guard path.utf8.first == UInt8(ascii: "/"), !path.utf8.contains(0),
      path.utf8.count < Self.pathLimit
    else {
      throw .invalidArgument("path", "an absolute path without NUL, under \(Self.pathLimit) bytes")
    }
    let isBase64 = try call.value(Self.isBase64)
    let limit = try call.value(maximum) ?? limitBytes
    let outcome = try await call.run(command(for: path, limit: limit), in: sshSession)
    guard outcome.exitStatus != Self.outsideStatus else {
      call.audit.rule = "--file-root"
      throw ToolError(
        code: "path_not_allowed",
        message: "\(path) is not within \(roots.joined(separator: ", ")) (--file-root)"
      )
    }
    guard outcome.exitStatus == 0 else {
      let reason =
        outcome.exitStatus == Self.unresolvedStatus
        ? "no such file, or its directory may not be read"
        : String(decoding: outcome.standardError, as: UTF8.self)[...].trimmedLines()
      throw ToolError(code: "file_not_read", message: "cannot read \(path): \(reason)")
    }
    let isTruncated = outcome.standardOutput.count > limit || outcome.isTruncated
    return try result(
      Array(outcome.standardOutput.prefix(limit)),
      path: path,
      isBase64: isBase64,
      isTruncated: isTruncated
    )
  }

  /// The other machine resolves the path, or a symbolic link could lead out of the roots.
  nonisolated func command(for path: String, limit: Int) -> RemoteCommand {
    // One byte more tells that there is more.
    let read = "exec head -c \(limit + 1) --"
    guard !roots.contains(where: { $0.hasSameBytes(as: "/") }) else {
      return RemoteCommand("\(read) \"$1\"", arguments: [path])
    }
    // A substitution drops line ends, and a name may end in one: a letter goes in behind it.
    let script =
      "f=$(readlink -fn -- \"$1\" && echo x) || exit \(Self.unresolvedStatus); f=${f%x}; shift;"
      + " for r; do r=$(readlink -fn -- \"$r\" && echo x) || continue; r=${r%x};"
      + " case $f in \"$r\"|\"$r\"/*) \(read) \"$f\";; esac; done; exit \(Self.outsideStatus)"
    return RemoteCommand(script, arguments: [path] + roots)
  }

  private func result(
    _ bytes: [UInt8],
    path: String,
    isBase64: Bool,
    isTruncated: Bool
  ) throws(ToolError) -> ToolResult {
    let content: String
    if isBase64 {
      content = Base64.encode(bytes)
    } else {
      guard let text = Self.text(bytes, isTruncated: isTruncated) else {
        throw ToolError(
          code: "not_text",
          message: "\(path) is not UTF-8 text; ask for encoding base64"
        )
      }
      content = text
    }
    return ToolResult(
      texts: isTruncated ? [content, "truncated after \(bytes.count) bytes"] : [content],
      structured: [
        .init("path", .string(path)), .init("content", .string(content)),
        .init("encoding", isBase64 ? "base64" : "utf-8"),
        .init("size", .number(String(bytes.count))), .init("truncated", .bool(isTruncated)),
      ]
    )
  }

  /// The bytes as text; a character that the limit cut through is left out.
  private static func text(_ bytes: [UInt8], isTruncated: Bool) -> String? {
    for cut in 0...(isTruncated ? 3 : 0) where cut <= bytes.count {
      if let text = String(validating: bytes.dropLast(cut), as: UTF8.self) { return text }
    }
    return nil
  }

  /// PATH_MAX of Linux.
  private static let pathLimit = 4096

  // Exit statuses that neither head nor a shell gives.
  nonisolated static let outsideStatus = 93
  nonisolated static let unresolvedStatus = 94
}
