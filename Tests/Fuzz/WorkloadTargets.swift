import EventIO

@testable import LoadSupport

/// A workload is read or refused; one that was read is valid, can be planned, and is the same when it is
/// written and read again.
func fuzzWorkload(_ input: [UInt8]) {
  guard let workload = try? Workload(parsing: input) else { return }
  do throws(WorkloadError) {
    try workload.validate()
  } catch {
    fatalError("read, and not valid: \(error)")
  }
  var text: [UInt8] = []
  workload.json.encode(into: &text)
  let again = try? Workload(parsing: text)
  require(again == workload, "\(String(decoding: text, as: UTF8.self)) is read as another workload")
  _ = workload.planText
  rehearse(workload, .none)
}

/// Rows of data in the place of placeholders leave JSON what it is, and header fields one line each.
///
/// Behind one byte that chooses the file's kind, a text with placeholders of `{d.…}`, 0x1E, the file.
func fuzzData(_ input: [UInt8]) {
  guard let first = input.first, let border = input.firstIndex(of: 0x1E),
    let text = String(validating: input[1..<max(1, border)], as: UTF8.self)
  else { return }
  let file = Workload.DataFile(
    first & 1 == 0 ? "d.csv" : "d.jsonl",
    order: first & 2 == 0 ? .inTurn : .random
  )
  let workload = Workload(
    "fuzz",
    headers: ["X-Data": text],
    data: ["d": file],
    operations: ["call": .tool("t", ["a": .string(text)])],
    steps: []
  )
  guard let placeholders = try? workload.placeholders() else { return }
  var columns: [DataColumn] = []
  for placeholder in placeholders.map(\.placeholder) {
    guard let name = placeholder.column,
      !columns.contains(where: { $0.name.hasSameBytes(as: name) })
    else { continue }
    let mustBeNumber = placeholders.contains {
      $0.placeholder.filter == .number && $0.placeholder.column?.hasSameBytes(as: name) == true
    }
    columns.append(DataColumn(name: name, mustBeNumber: mustBeNumber, path: .root))
  }
  let reader = DataFileReader(
    file: file.file,
    path: .root,
    columns: columns,
    table: DataTable("d", file, columns: columns.map(\.name))
  )
  guard let table = try? reader.read(Array(input[(border + 1)...])) else { return }
  rehearse(workload, DataRows(tables: [table]))
}

/// Puts some requests of each operation together, where the workload can be compiled.
private func rehearse(_ workload: Workload, _ data: DataRows) {
  let target = SSHTarget(host: "127.0.0.1", port: 22)
  guard
    let calls = try? WorkloadCalls(workload, profile: .standard, target: target, data: data)
  else { return }
  let values = WorkerValues(calls, worker: 0, of: 1, seed: 1)
  for (name, value) in values.headers {
    require(!value.value.utf8.contains { $0 == 0x0D || $0 == 0x0A }, "\(name) has several lines")
  }
  var message: [UInt8] = []
  var body: [UInt8] = []
  for _ in 0..<3 where values.beginIteration() {
    for call in calls.calls {
      let held = values.values(for: call, in: [SlotValue(plain: "ssh-1".utf8)])
      call.template?.write(id: 7, held, head: [], to: &message, body: &body)
      guard call.template != nil else { continue }
      let shown = String(decoding: body, as: UTF8.self)
      require((try? JSONValue(parsing: body)) != nil, "\(shown) is not JSON")
    }
  }
}
