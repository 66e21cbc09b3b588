import EventIO

extension Workload {
  /// Says all that is wrong, each with its path in the workload's JSON.
  ///
  /// What a part may be by itself is what its JSON form takes, so that a value is held to the same as a file.
  public func validate() throws(WorkloadError) { _ = try Workload(json) }

  /// What is wrong with how the parts of a workload go together; paths go through all lists.
  func findContradictions() -> [WorkloadError.Problem] {
    var check = WorkloadCheck(workload: self)
    check.checkNames()
    check.checkHeaders()
    check.checkTerms()
    for index in steps.indices { check.checkStep(index) }
    check.checkLinks()
    check.checkSharedSessions()
    check.checkStageNames()
    check.checkThresholds()
    return check.problems
  }
}

/// Looks at a workload whose parts are valid by themselves.
private struct WorkloadCheck {
  let workload: Workload
  var problems: [WorkloadError.Problem] = []

  private mutating func report(_ path: WorkloadPath, _ reason: String) {
    problems.append(.init(path: path, reason: reason))
  }

  // MARK: Names

  mutating func checkNames() {
    let operations = workload.operations.keys.sorted()
    for name in workload.sequences.keys.sorted() {
      if workload.operations[name] != nil {
        report(["sequences", .key(name)], "an operation has this name; give the sequence another")
      }
      let items = workload.sequences[name] ?? []
      for (index, item) in items.enumerated() {
        if case .call(let operation) = item {
          find(operation, in: operations, "operation", ["sequences", .key(name), .index(index)])
        }
      }
      let calls = items.contains { if case .call = $0 { true } else { false } }
      if !calls { report(["sequences", .key(name)], "it must have an operation, not only pauses") }
    }
    for (key, names) in [("setup", workload.setup), ("teardown", workload.teardown)] {
      for (index, name) in names.enumerated() {
        find(name, in: operations, "operation", [.key(key), .index(index)])
      }
    }
  }

  private mutating func find(
    _ name: String,
    in names: [String],
    _ kind: String,
    _ path: WorkloadPath
  ) {
    guard !names.contains(where: { $0.hasSameBytes(as: name) }) else { return }
    let there = names.isEmpty ? "none" : names.map(\.shown).joined(separator: ", ")
    report(
      path,
      "there is no \(kind) \"\(name.shown)\"\(names.suggestion(for: name)); there are \(there)"
    )
  }

  /// Sessions are opened and given back as fast as they can, and health is no message.
  mutating func checkTerms() {
    for (name, operation) in workload.operations.sorted(by: { $0.key < $1.key }) {
      switch operation.action {
      case .tool, .method, .command: continue
      default: break
      }
      let terms = [
        ("timeout", operation.timeout != nil), ("progress", operation.asksForProgress),
        ("cancel_after", operation.cancelAfter != nil && operation.action != .stream),
      ]
      for (key, isSet) in terms where isSet {
        report(
          ["operations", .key(name), .key(key)],
          "only a tool, a command or another request has it"
        )
      }
    }
  }

  // MARK: Header fields

  mutating func checkHeaders() {
    checkHeaders(workload.headers, ["headers"])
    for (name, operation) in workload.operations.sorted(by: { $0.key < $1.key }) {
      checkHeaders(operation.headers, ["operations", .key(name), "headers"])
    }
  }

  private mutating func checkHeaders(_ headers: [String: String], _ path: WorkloadPath) {
    // Field names have no case (RFC 9110 §5.1); those of the workload go with every request.
    let others = path == ["headers"] ? [:] : workload.headers
    for name in headers.keys.sorted() {
      let same = Array(others.keys) + headers.keys.filter { $0 < name }
      if same.contains(where: { $0.asciiLowercased() == name.asciiLowercased() }) {
        report(path[name], "the request has this field already; give it one of them")
      }
    }
    for (name, value) in headers.sorted(by: { $0.key < $1.key })
    where FieldGrammar.holdsCredential(name) && !Self.hasPlaceholder(value) {
      report(
        path[name],
        "a workload holds no credential: take it from a data file by a placeholder such as "
          + "{users.token}, or give it by LOADTEST_MCP_HEADERS"
      )
    }
  }

  /// Whether a part between braces names a value that the workload does not know itself; two braces are text.
  private static func hasPlaceholder(_ text: String) -> Bool {
    let bytes = Array(text.utf8)
    return bytes.indices.contains { index in
      guard bytes[index] == UInt8(ascii: "{"),
        index == 0 || bytes[index - 1] != UInt8(ascii: "{")
      else { return false }
      let inner = bytes[(index + 1)...].prefix {
        FieldGrammar.isToken($0) && $0 != UInt8(ascii: "}")
      }
      let name = inner.prefix { $0 != UInt8(ascii: ".") && $0 != UInt8(ascii: "|") }
      return inner.endIndex < bytes.endIndex && bytes[inner.endIndex] == UInt8(ascii: "}")
        && WorkloadForm.isIdentifier(String(decoding: name, as: UTF8.self))
        && !WorkloadForm.builtIn.contains(String(decoding: name, as: UTF8.self))
    }
  }

  // MARK: Steps

  mutating func checkStep(_ index: Int) {
    let step = workload.steps[index]
    let path: WorkloadPath = ["steps", .index(index)]
    if let length = workload.length(of: step) {
      checkLength(length, of: step, path)
    } else {
      report(path, "length is missing: a step has one, or all its stages have")
    }
    let ranges = workload.groupWorkers(step)
    for (number, group) in step.groups.enumerated() {
      let place = path["groups"][number]
      checkGroup(group, workers: ranges[number], place)
      if let other = ranges[..<number].firstIndex(where: { $0.overlaps(ranges[number]) }) {
        report(
          place,
          "it shares workers with group \(other + 1) (\(Self.words(ranges[other])) and "
            + "\(Self.words(ranges[number]))): give each workers of its own"
        )
      }
    }
  }

  private mutating func checkLength(
    _ length: Duration,
    of step: Workload.Step,
    _ path: WorkloadPath
  ) {
    if length > .seconds(86_400) { report(path, "it is longer than a day") }
    for (number, group) in step.groups.enumerated() where group.stages.count > 1 {
      for (index, stage) in group.stages.enumerated() where stage.length == nil {
        report(
          path["groups"][number]["stages"][index],
          "length is missing: of several stages each has one"
        )
      }
    }
    let lengths = step.groups.map { Workload.length(of: $0.stages) ?? length }
    if let longest = lengths.max(), longest != length {
      report(
        path["length"],
        "\(length.written) is not the length of its stages, \(longest.written): leave it out, or make "
          + "them the same"
      )
    }
  }

  private static func words(_ workers: Range<Int>) -> String {
    workers.count == 1
      ? "worker \(workers.lowerBound)" : "\(workers.lowerBound) to \(workers.upperBound - 1)"
  }

  private mutating func checkGroup(
    _ group: Workload.Group,
    workers: Range<Int>,
    _ path: WorkloadPath
  ) {
    let names = Set(workload.operations.keys).union(workload.sequences.keys).sorted()
    switch group.mix {
    case .inTurn(let mixed):
      for (index, name) in mixed.enumerated() {
        find(name, in: names, "operation or sequence", path["mix"][index])
      }
    case .weighted(let weights):
      for name in weights.keys.sorted() {
        find(name, in: names, "operation or sequence", path["mix"][name])
      }
      if weights.values.allSatisfy({ $0 == 0 }) {
        report(path["mix"], "all weights are 0: one must be more")
      }
    }
    let all = workload.effectiveWorkers
    if workers.isEmpty {
      report(path, "no worker is left for it: there are \(all), and groups before it take them")
    } else if workers.upperBound > all {
      report(
        path,
        "it takes workers \(Self.words(workers)) (from 0), but the workload has \(all): raise workers"
      )
    }
    if group.iterations != nil, group.stages.contains(where: { $0.rate != nil }) {
      report(
        path["iterations"],
        "it is of a closed loop, but rate is of an open one: leave out one of them"
      )
    }
    for (index, stage) in group.stages.enumerated() {
      checkStage(stage, workers: workers.count, path["stages"][index])
    }
  }

  private mutating func checkStage(_ stage: Workload.Stage, workers: Int, _ path: WorkloadPath) {
    if stage.rate != nil {
      let closed = [
        ("workers", stage.workers != nil), ("think_time", stage.thinkTime != .constant(.zero)),
        ("pace", stage.pace != nil),
      ]
      for (key, _) in closed.filter(\.1) {
        report(
          path[key],
          "it is of a closed loop, but rate is of an open one: leave out one of them"
        )
      }
    } else if stage.arrivals != .constant {
      report(path["arrivals"], "it goes with rate, which is missing")
    }
    if let busy = stage.workers.map({ max($0.from, $0.to) }), busy > Double(workers) {
      report(path["workers"], "it asks for more busy workers than the group has, \(workers)")
    }
  }

  mutating func checkLinks() {
    var links: [(workers: Range<Int>, link: UInt16?)] = []
    for (index, step) in workload.steps.enumerated() {
      for (number, workers) in workload.groupWorkers(step).enumerated() {
        let link = step.groups[number].link
        if links.contains(where: { $0.workers.overlaps(workers) && $0.link != link }) {
          report(
            ["steps", .index(index), "groups", .index(number), "link"],
            "its workers have another link in a step before, and a worker keeps to one: give it others "
              + "by first_worker"
          )
        }
        links.append((workers, link))
      }
    }
  }

  mutating func checkSharedSessions() {
    var shared: [Range<Int>] = []
    for (index, step) in workload.steps.enumerated() {
      for (number, workers) in workload.groupWorkers(step).enumerated()
      where step.groups[number].sharesSession {
        if shared.contains(where: {
          $0.overlaps(workers) && $0.lowerBound != workers.lowerBound
        }) {
          report(
            ["steps", .index(index), "groups", .index(number), "shares_session"],
            "some of its workers share another session in a step before, and a worker keeps to one: let both "
              + "groups begin with the same worker"
          )
        }
        shared.append(workers)
      }
    }
  }

  private mutating func reportStage(_ stage: PlannedStage, _ reason: String) {
    report(
      ["steps", .index(stage.step), "groups", .index(stage.group)],
      "stage \"\(stage.name?.shown ?? "")\" \(reason): give it a name of its own"
    )
  }

  /// What has one name is one in a recording, which holds it to one plan.
  mutating func checkStageNames() {
    let planned = workload.plannedStages()
    for (index, stage) in planned.enumerated() {
      let namesakes = planned[..<index].filter { $0.name == stage.name }
      let (plan, end) = (stage.stage, stage.start + stage.length)
      if namesakes.contains(where: {
        $0.stage.rate != plan.rate || $0.stage.arrivals != plan.arrivals
          || $0.stage.workers != plan.workers
      }) {
        reportStage(stage, "has another load than the one before of that name")
      } else if plan.rate != nil,
        namesakes.contains(where: {
          $0.step == stage.step && $0.start < end && stage.start < $0.start + $0.length
        })
      {
        reportStage(stage, "comes at the same time as another one of that name")
      }
    }
  }

  // MARK: Thresholds

  mutating func checkThresholds() {
    let operations = Set(workload.operations.map { $0.value.name ?? $0.key }).sorted()
    // Several stretches may have one name.
    let stages = workload.plannedStages().compactMap(\.name).reduce(into: [String]()) {
      names,
      name in
      if !names.contains(name) { names.append(name) }
    }
    for (index, limit) in workload.thresholds.enumerated() {
      let path: WorkloadPath = ["thresholds", .index(index)]
      if let name = limit.operation {
        find(name, in: operations, "operation", path["of"])
      }
      if let name = limit.step { find(name, in: stages, "stage", path["step"]) }
      // Which of two limits on one figure of one part is meant?
      if let first = workload.thresholds[..<index].firstIndex(where: limit.isOnTheSame(as:)) {
        report(
          path,
          "thresholds[\(first)] limits the same figure of the same part; keep one of them"
        )
      }
    }
  }
}

extension Workload.Limit {
  /// Whether both limit the same figure of the same part of the load.
  fileprivate func isOnTheSame(as other: Self) -> Bool {
    var other = other
    (other.limit, other.abort) = (limit, abort)
    return self == other
  }
}

extension WorkloadPath {
  /// The path without lists of one part that a file says in their place.
  func fitted(to json: JSONValue) -> WorkloadPath {
    var left = steps[...]
    var value: JSONValue? = json
    var fitted: [Step] = []
    while let step = left.popFirst() {
      switch step {
      case .key("groups") where value?["groups"] == nil,
        .key("stages") where value?["stages"] == nil:
        _ = left.popFirst()
        continue
      case .key(let key): value = value?[key]
      case .index(let index):
        value = value?.array.flatMap { $0.indices.contains(index) ? $0[index] : nil }
      }
      fitted.append(step)
    }
    return WorkloadPath(fitted)
  }
}
