import EventIO

/// The JSON form of each part of a workload: keys, ranges and descriptions, each declared once.
enum WorkloadForm {
  /// A workload, looked at as a whole where each part is valid.
  static let whole = JSONForm<Workload>(
    expected: workload.expected,
    kinds: workload.kinds,
    schema: workload.schema
  ) { json, path, problems in
    guard let workload = workload.read(json, path, &problems), problems.isEmpty else { return nil }
    problems = workload.findContradictions().map {
      .init(path: $0.path.fitted(to: json), reason: $0.reason)
    }
    return problems.isEmpty ? workload : nil
  } write: {
    workload.write($0)
  }

  static let workload = JSONForm<Workload>.object(
    Workload("", operations: [:], steps: []),
    [
      .init("$schema", .text("a text"), "For editors.") { _, _ in
        nil
      } set: { _, _ in
      },
      .init("name", \.name, workloadName, isRequired: true, "Its name in files and reports."),
      .init("title", \.title, printable(200), "Its heading in reports."),
      .init("needs", \.needsSSHSessions, needs, "What the server must offer; operations tell."),
      .init("workers", \.workers, workers, "Concurrent workers; as many as steps name, or 10."),
      .init("held_sessions", \.heldSessions, held, "SSH sessions of a worker, or [least, most]."),
      .init("headers", \.headers, headers, "Header fields of every request."),
      .init("data", \.data, dataFile.byName(identifier), "Files of rows: {users.id} is of users."),
      .init("operations", \.operations, operations, isRequired: true, "What can be done, by name."),
      .init("sequences", \.sequences, sequences, "Operations that a worker does in turn, by name."),
      .init("setup", \.setup, names, "Operations that each worker does once before the load."),
      .init("teardown", \.teardown, names, "Operations that each worker does once after the load."),
      .init("steps", \.steps, step.list(of: "steps"), isRequired: true, "One after the other."),
      .init("thresholds", \.thresholds, thresholds, "What the figures are held to."),
    ]
  )

  private static let needs = JSONForm<Need>.word().list(0...1, of: "ssh_sessions")
    .map({ !$0.isEmpty }, { $0 ? [.sshSessions] : [] })

  private enum Need: String, CaseIterable, Sendable {
    case sshSessions = "ssh_sessions"
  }

  private static let held = JSONForm<ClosedRange<Int>>.either(
    sessions.map({ $0...$0 }, { $0.lowerBound == $0.upperBound ? $0.lowerBound : nil }),
    sessions.pair("two whole numbers, the lower first")
      .map({ $0 <= $1 ? $0...$1 : nil }, { ($0.lowerBound, $0.upperBound) })
  )

  private static let dataFile = JSONForm<Workload.DataFile>.either(
    file.map({ .init($0) }, { $0 == .init($0.file) ? $0.file : nil }),
    .object(
      Workload.DataFile(""),
      [
        .init("file", \.file, file, isRequired: true, "Its path below the workload's directory."),
        .init("order", \.order, .word(), "How a worker goes through its rows."),
        .init("at_end", \.atEnd, .word(), "What a worker does whose rows are used up."),
      ]
    )
  )

  private static let sequences = sequenceItem.list(of: "operations and pauses").byName(name)

  private static let sequenceItem = JSONForm<Workload.SequenceItem>.either(
    name.map({ .call($0) }, { if case .call(let name) = $0 { name } else { nil } }),
    JSONForm<Workload.Pause>.object(
      .constant(.zero),
      [.init("pause", \.self, pause, isRequired: true, "A time to wait before the next.")]
    )
    .map({ .pause($0) }, { if case .pause(let pause) = $0 { pause } else { nil } })
  )

  // MARK: Operations

  private static let operations = operation.byName(name, minimum: 1)

  private static let operation = JSONForm<Workload.Operation>.object(
    Workload.Operation(.connect),
    exactlyOne: ["tool", "method", "command", "do"],
    actionFields + [
      .init("name", \.name, name, "Its name in reports, if not the one before the colon."),
      .init("headers", \.headers, headers, "Header fields of its own."),
      .init("expect", \.expect, expectation, "What a right answer is."),
      .init("capture", \.capture, pointer.byName(placeholder), "Values for later calls."),
      .init("timeout", \.timeout, length, "How long it may take, if not as long as all others."),
      .init("progress", \.asksForProgress, .bool, "Whether the server is to tell of its progress."),
      .init("cancel_after", \.cancelAfter, length, "After how long it is cancelled."),
    ]
  )

  private static let actionFields: [FormField<Workload.Operation>] = [
    .init("tool", printable(128), "A tool by its name.") { it, _ in
      if case .tool(let name, _) = it.action { name } else { nil }
    } set: {
      $0.action = .tool($1, [:])
    },
    .init("arguments", .anyObject, "The tool's, with placeholders.", needs: "tool") { it, _ in
      if case .tool(_, let arguments) = it.action, arguments != [:] { arguments } else { nil }
    } set: {
      if case .tool(let name, _) = $0.action { $0.action = .tool(name, $1) }
    },
    .init("method", method, "Another request, such as tools/list or resources/read.") { it, _ in
      if case .method(let name, _) = it.action { name } else { nil }
    } set: {
      $0.action = .method($1, nil)
    },
    .init("params", .anyObject, "The request's, with placeholders.", needs: "method") { it, _ in
      if case .method(_, let parameters) = it.action { parameters } else { nil }
    } set: {
      if case .method(let name, _) = $0.action { $0.action = .method(name, $1) }
    },
    .init("command", command, "A command on the target; placeholders as {x|sh}.") { it, _ in
      if case .command(let line) = it.action { line } else { nil }
    } set: {
      $0.action = .command($1)
    },
    .init("do", JSONForm<Deed>.word(), "A session opened, given back or left, or health.") {
      it,
      _ in
      Deed.allCases.first { $0.action == it.action }
    } set: {
      $0.action = $1.action
    },
  ]

  /// What an operation does that needs no words of its own.
  private enum Deed: String, CaseIterable, Sendable {
    case connect, disconnect, health
    case freshConnect = "fresh_connect"
    case deleteSession = "delete_session"
    case abandonSession = "abandon_session"
    case resetSession = "reset_session"
    case halfCloseSession = "half_close_session"
    case stream = "event_stream"

    var action: Workload.Action {
      switch self {
      case .connect: .connect
      case .freshConnect: .freshConnect
      case .disconnect: .disconnect
      case .health: .health
      case .deleteSession: .leave(.delete)
      case .abandonSession: .leave(.abandon)
      case .resetSession: .leave(.reset)
      case .halfCloseSession: .leave(.halfClose)
      case .stream: .stream
      }
    }
  }

  private static let expectation = JSONForm<Workload.Expectation>.object(
    Workload.Expectation(),
    [
      .init("exit_status", \.exitStatus, statuses, "The exit statuses that are right."),
      .init("fields", \.fields, JSONForm<JSONValue>.any.byName(pointer), "Values by JSON pointer."),
      .init("text", \.text, part.oneOrMore(of: "texts"), "Parts that the answer's text has."),
      .init("no_text", \.noText, part.oneOrMore(of: "texts"), "Parts that it has not."),
      .init("max_bytes", \.maximumBytes, .integer(1...1 << 30), "The greatest size in bytes."),
    ]
  )

  private static let statuses = JSONForm<Int>.integer(-255...255).oneOrMore(of: "exit statuses")

  // MARK: Load

  private static let step = JSONForm<Workload.Step>.object(
    Workload.Step(groups: []),
    exactlyOne: ["mix", "groups"],
    [
      .init("name", \.name, name, "The name that its samples carry."),
      .init("warm_up", \.warmUp, .time(), "Load before the measured window."),
      .init("length", \.length, length, "The length of the measured window."),
    ]
      + FormField.listOrOnly(
        "groups",
        \.groups,
        group.list(of: "groups"),
        "What is done at the same time, each by workers of its own.",
        only: groupFields,
        blank: Workload.Group(mix: .inTurn([]))
      ) { _, group in
        group.name == nil
      }
  )

  private static let group = JSONForm<Workload.Group>.object(
    Workload.Group(mix: .inTurn([])),
    [.init("name", \.name, name, "Its name beside that of the step.")] + groupFields
  )

  private static let groupFields: [FormField<Workload.Group>] =
    [
      .init("mix", \.mix, mix, isRequired: true, "What its workers do."),
      .init("workers", \.workers, workers, "How many workers it has."),
      .init("first_worker", \.firstWorker, .integer(0...99_999), "The first of them, from 0."),
      .init("link", \.link, port, "The port of the link that its workers reach the target by."),
      .init("shares_session", \.sharesSession, .bool, "Whether its workers share one MCP session."),
      .init("iterations", \.iterations, iterations, "Iterations of each worker at most."),
    ]
    + FormField.listOrOnly(
      "stages",
      \.stages,
      stage.list(of: "stages"),
      "When they do it, one stage after the other without a break.",
      only: stageFields(inline: true),
      blank: Workload.Stage()
    ) { group, stage in
      stage.name == nil && stage.length == nil && (stage.workers == nil || group.workers == nil)
        && stage != Workload.Stage()
    }

  private static let stage = JSONForm<Workload.Stage>.object(
    Workload.Stage(),
    [
      .init("name", \.name, name, "The name that its samples carry."),
      .init("length", \.length, length, "How long it is; all of the step if it is alone."),
    ] + stageFields(inline: false)
  )

  private static func stageFields(inline: Bool) -> [FormField<Workload.Stage>] {
    [
      .init("rate", \.rate, ramp(1e6), "Iterations that arrive per second, or [from, to]."),
      .init("arrivals", \.arrivals, .word(), "How they come."),
      .init("workers", \.workers, ramp(1e5, isPair: inline), "Busy workers, [from, to]."),
      .init("think_time", \.thinkTime, pause, "A worker's pause before each iteration."),
      .init("pace", \.pace, .time(), "The least time between the beginnings of iterations."),
    ]
  }

  /// A figure that stays or goes from one value to another; a pair where a number is something else.
  private static func ramp(_ most: Double, isPair: Bool = false) -> JSONForm<Workload.Ramp> {
    let pair = JSONForm<Double>.number(0...most)
      .pair("two numbers from 0 to \(Int(most)), not both 0")
      .map({ $0 + $1 > 0 ? Workload.Ramp(from: $0, to: $1) : nil }, { ($0.from, $0.to) })
    let steady = JSONForm<Double>.number(0...most, orZero: false)
      .map({ Workload.Ramp.steady($0) }, { $0.isSteady ? $0.from : nil })
    return isPair ? pair : .either(steady, pair)
  }

  private static let mix = JSONForm<Workload.Mix>.either(
    name.list(of: "operations and sequences")
      .map({ .inTurn($0) }, { if case .inTurn(let names) = $0 { names } else { nil } }),
    JSONForm<Double>.number(0...1e9).byName(name, minimum: 1)
      .map({ .weighted($0) }, { if case .weighted(let weights) = $0 { weights } else { nil } })
  )

  private static let pause = JSONForm<Workload.Pause>.either(
    JSONForm<Duration>.time()
      .map({ .constant($0) }, { if case .constant(let time) = $0 { time } else { nil } }),
    .object(
      .constant(.zero),
      exactlyOne: ["uniform", "exponential"],
      [
        .init("uniform", times, "Any time between two.") { pause, _ in
          if case .uniform(let least, let greatest) = pause { (least, greatest) } else { nil }
        } set: {
          $0 = .uniform($1.0, $1.1)
        },
        .init("exponential", .time(), "Exponentially distributed, with this mean.") { pause, _ in
          if case .exponential(let mean) = pause { mean } else { nil }
        } set: {
          $0 = .exponential($1)
        },
      ]
    )
  )

  // MARK: Limits

  private static let thresholds = threshold.list(0...Int.max, of: "thresholds")

  private static let threshold = JSONForm<Workload.Limit>.object(
    Workload.Limit("", 0),
    [
      .init("metric", \.metric, printable(64), isRequired: true, "The figure, such as p99_ms."),
      .init("limit", \.limit, .number(-1e15...1e15), isRequired: true, "What still passes."),
      .init("of", \.operation, name, "The operation; all if missing."),
      .init("as", \.outcome, printable(64), "What the attempts came to, for percentiles."),
      .init("step", \.step, printable(200), "The stage by the name that its samples carry."),
      .init("last", window, "So much at the end of the measured time.") { limit, _ in
        if case .last(let time) = limit.window { time } else { nil }
      } set: {
        $0.window = .last($1)
      },
      .init("each", window, "Each stretch of this length.", excludedBy: ["last"]) { limit, _ in
        if case .each(let time) = limit.window { time } else { nil }
      } set: {
        $0.window = .each($1)
      },
      .init("abort", \.abort, .bool, "Whether the run ends early once it has failed."),
    ]
  )
}
