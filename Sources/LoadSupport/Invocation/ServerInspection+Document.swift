import EventIO

/// What was found out about a server, for people and for programs.
extension ServerInspection {
  /// All of it as text.
  package var text: String {
    var document = Document(title: url)
    document.result = Badge(words: url, meaning: .open)
    document.summary = "\(quoted: findings.server ?? "a server that tells no name")"
    document.sections = [serverSection, toolSection, metricSection, profileSection]
    return redacted(TextPage(document).text)
  }

  /// The profile as it is written to a file, one that can be used at once; nil where there is none.
  package var profileText: String? { draft.profile.map(file) }

  /// All of it for programs.
  package var jsonText: String {
    func number(_ value: Int?) -> JSONValue { value.map { .number(String($0)) } ?? .null }
    return file([
      "url": .string(url), "server": findings.server.map { .string($0) } ?? .null,
      "protocol": findings.revision.map { .string($0) } ?? .null,
      "era": .string(findings.profile.form.era.rawValue),
      "proxy": proxy.map { .string($0) } ?? .null,
      "capabilities": .array(capabilities.map { .string($0) }),
      "tools": .array(tools.map(Self.json)),
      "tools_fault": toolsFault.map { .string($0) } ?? .null,
      "counts": .object(counts.map { .init($0.kind, number($0.count)) }),
      "health": health.map { ["path": .string($0.path), "status": number($0.status)] } ?? .null,
      "metrics": metrics.map { metrics in
        .object(
          metrics.filter(\.value.isFinite).sorted { $0.key < $1.key }.map {
            .init($0.key, JSONValue(floatLiteral: $0.value))
          }
        )
      } ?? .null,
      "limits": [
        "pool": number(findings.poolLimit), "requests_per_window": number(findings.rateLimit),
        "window_s": findings.rateWindowSeconds.map { JSONValue(floatLiteral: $0) } ?? .null,
      ],
      "remarks": .array(findings.remarks.map { .string($0) }),
      "tool_profile": draft.profile ?? .null,
      "guesses": .array(draft.guesses.map(\.json)),
    ])
  }

  /// JSON text in which whatever no reader would see is escaped, which changes no value (RFC 8259 §7).
  private func file(_ value: JSONValue) -> String {
    var text = ""
    for scalar in redacted(String(decoding: value.indented(), as: UTF8.self)).unicodeScalars {
      if scalar.value == 0x0A || String(scalar).shown.hasSameBytes(as: String(scalar)) {
        text.unicodeScalars.append(scalar)
        continue
      }
      for unit in String(scalar).utf16 {
        let digits = String(unit, radix: 16)
        text += "\\u" + String(repeating: "0", count: 4 - digits.utf8.count) + digits
      }
    }
    return text
  }

  private static func json(_ tool: OfferedTool) -> JSONValue {
    func fields(_ fields: [OfferedTool.Field]) -> JSONValue {
      .array(
        fields.map { field in
          [
            "path": .array(field.path.map { .string($0) }), "required": .bool(field.isRequired),
            "types": .array(field.types.map { .string($0) }),
          ]
        }
      )
    }
    return [
      "name": .string(tool.name), "description": .string(tool.description),
      "arguments": fields(tool.fields), "results": fields(tool.resultFields),
    ]
  }

  // MARK: Sections

  private var serverSection: ReportSection {
    var section = ReportSection("Server")
    let era = findings.profile.form.era == .modern ? "no sessions" : "sessions"
    section.addField("Protocol", "MCP \(findings.revision ?? "of an unknown revision") (\(era))")
    if let proxy { section.addField("Proxy", proxy) }
    section.addField(
      "Capabilities",
      capabilities.isEmpty ? "none told" : capabilities.joined(separator: ", ")
    )
    for (kind, count, fault) in counts {
      section.addField(
        kind.prefix(1).asciiUppercased() + kind.dropFirst(),
        "\(count)" + Self.clause(fault)
      )
    }
    if let health {
      section.addField(
        "Health",
        "GET \(health.path): " + (health.status.map { "HTTP \($0)" } ?? "no answer")
      )
      addLimits(to: &section)
    }
    for remark in findings.remarks { section.addNote(remark) }
    return section
  }

  private func addLimits(to section: inout ReportSection) {
    section.addField(
      "Pool limit",
      limit(findings.poolLimit, "SSH connections", ServerMetricName.poolLimit)
    )
    let window =
      findings.rateWindowSeconds.map { " in \(NumberText.plain($0)) s" } ?? " in a window"
    section.addField(
      "Rate limit",
      limit(findings.rateLimit, "requests\(window)", ServerMetricName.rateLimit)
    )
  }

  private func limit(_ value: Int?, _ unit: String, _ gauge: String) -> String {
    guard let value else { return "not told (no gauge \(gauge))" }
    return (value == 0 ? "none" : "\(value) \(unit)") + " (gauge \(gauge))"
  }

  private static func clause(_ fault: String?) -> String { fault.map { " (\($0))" } ?? "" }

  private var toolSection: ReportSection {
    var section = ReportSection("Tools", "\(tools.count); * required")
    for tool in tools {
      let arguments = tool.arguments.map { field in
        let types = field.types.filter { !$0.hasSameBytes(as: "null") }.joined(separator: "|").cut(
          toBytes: 40
        )
        return field.name.cut(toBytes: 60) + (field.isRequired ? "*" : "")
          + (types.isEmpty ? "" : " \(types)")
      }
      let words = tool.description.words().joined(separator: " ").cut(toBytes: 120)
      let call =
        "\(tool.name.cut(toBytes: 100))(\(arguments.joined(separator: ", ").cut(toBytes: 600)))"
      section.add(.lines([call] + (words.isEmpty ? [] : ["    " + words])))
    }
    if let toolsFault {
      section.addNote(
        (tools.isEmpty ? "the tools could not be listed: " : "there may be more: ") + toolsFault
      )
    }
    return section
  }

  private var metricSection: ReportSection {
    guard let metricsPage else {
      var section = ReportSection("Metrics")
      section.addNote("a stdio server has no page of metrics")
      return section
    }
    guard let metrics else {
      var section = ReportSection("Metrics")
      section.addNote(
        "GET \(metricsPage) is not answered with any: figures of the server's own are left out."
      )
      return section
    }
    let names = ServerMetricName.meanings.map { metric, meaning in
      // Nothing of which figures are made can be below 0.
      let name = ServerMetricName.reportedName(of: metric) { metrics[$0] ?? -1 >= 0 }
      return (metric, name: name, meaning)
    }
    let known = names.compactMap { _, name, meaning in name.map { (name: $0, meaning) } }
    let missing = names.filter { $0.name == nil }.map(\.0)
    let others = metrics.count - known.count
    var section = ReportSection(
      "Metrics",
      "GET \(metricsPage): \(known.count) that figures are made of, \(others) others",
      columns: ["name", .init("value", isTrailing: true), "what it stands for"]
    )
    for (name, meaning) in known {
      section.addRow([.text(name), .number(metrics[name] ?? 0), .text(meaning)])
    }
    if !missing.isEmpty {
      section.addNote("not reported, or not yet: \(missing.joined(separator: ", "))")
    }
    return section
  }

  private var profileSection: ReportSection {
    guard draft.profile != nil else {
      var section = ReportSection("Tool profile")
      section.addNote(
        (draft.guesses.first?.why ?? "")
          + (toolsFault != nil
            ? "."
            : ". The suite's scenarios have nothing to run here; any tool can be "
              + "called by a workload of your own: docs/own-workloads.md")
      )
      return section
    }
    var section = ReportSection(
      "Tool profile",
      "guessed; `--output FILE` writes it",
      columns: ["key", "value", "sure", "why"]
    )
    for guess in draft.guesses {
      let others =
        guess.others.isEmpty ? "" : "; or \(guess.others.joined(separator: ", ").cut(toBytes: 200))"
      section.addRow([
        .text(guess.key), guess.value.map { .quoted(String($0.cut(toBytes: 60))) } ?? .absent(),
        .text(guess.confidence.rawValue), .quoted(guess.why + others),
      ])
    }
    return section
  }
}
