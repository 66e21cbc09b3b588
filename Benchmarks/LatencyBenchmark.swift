import CLinux
import EventIO
import Foundation
import Glibc
import LoadSupport
import Synchronization

/// Whether a recorded latency is true: a server that answers after known, varied delays logs its own
/// instants, and each request's record is compared with them.
///
/// Both use CLOCK_MONOTONIC of one machine. What a record has beyond the server's own time from
/// reading the request to writing the answer is the way there and back, and the generator's own. How
/// much of that is the way's, a peer tells in the same round: a plain client that blocks in `recv`.
/// Threads that give way to any other keep the cores from halting: a virtual machine's core that
/// halted wakes when its host finds the time, and that would be what is measured.
enum LatencyBenchmark {
  private static let workers = 10
  private static let rate = 1_000.0
  private static let seconds = 10
  private static let rounds = 5
  private static let limit = 100.0

  static func run() async throws {
    let directory = FileManager.default.temporaryDirectory.path + "/loadtest-truth-\(getpid())"
    try FileManager.default.createDirectory(atPath: directory, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(atPath: directory) }
    let waking = WakefulCores()
    defer { waking.stop() }
    print(
      """
      \(Int(rate)) requests/s for \(seconds) s a round, answered after 0.5 to 5 ms: microseconds of
      each record beyond the server's own time from reading the request to writing its answer.
      service: from sending; latency: from the plan; peer: a client that blocks in recv.
      round  steal       n  service p50  p90  p99  p99.9  latency p50   p99  peer p50  p99
      """
    )
    var truest: [Double] = []
    for round in 1...rounds {
      let steal = LoopWatch.stealSeconds() ?? 0
      let start = MonotonicInstant.now()
      let server = try TruthServer(core: 0)
      defer { server.stop() }
      let recorded = try await load(server, RecordingLayout(directory: "\(directory)/\(round)"))
      let peer = try await plain(server)
      let cores = Double(ProcessInfo.processInfo.activeProcessorCount)
      let stolen =
        ((LoopWatch.stealSeconds() ?? 0) - steal) / cores / ((.now() - start) / .seconds(1))
      print(
        String(format: "%5d %5.1f%% %7d", round, 100 * stolen, recorded.service.count)
          + " " + row(recorded.service, [(0.5, 12), (0.9, 4), (0.99, 4), (0.999, 6)])
          + " " + row(recorded.latency, [(0.5, 12), (0.99, 5)])
          + " " + row(peer, [(0.5, 9), (0.99, 4)])
      )
      truest.append(microseconds(recorded.service, 0.99))
    }
    print(
      String(
        format:
          "service p99: %.0f us in the best round, limit %.0f us; median of %d rounds %.0f us",
        truest.min() ?? .nan,
        limit,
        rounds,
        Spread(truest).median
      )
    )
  }

  /// What each record has beyond the server's own time, from sending and from the plan.
  private static func load(
    _ server: TruthServer,
    _ recording: RecordingLayout
  ) async throws -> (service: Histogram, latency: Histogram) {
    let layout = recording.scenario("truth")
    try FileManager.default.createDirectory(
      atPath: layout.directory,
      withIntermediateDirectories: true
    )
    let run = LoadRun(
      workers: workers,
      loops: 1,
      plan: try WorkerPlan(
        Workload("benchmark", operations: ["wait": .command("wait")], steps: []),
        endpoint: try MCPClientEndpoint(HTTPURL(host: "127.0.0.1", port: server.port, path: "/")),
        profile: .standard,
        // A target for each worker: by its name the server tells one from the other.
        targets: (0..<workers).map { SSHTarget(host: String($0), port: 22) },
        assignments: Array(0..<workers)
      ),
      steps: [
        LoadStep(
          warmUp: .seconds(1),
          length: .fixed(.seconds(seconds)),
          groups: [
            WorkerGroup(
              workers: WorkerSelection(0..<workers),
              mix: .inTurn(["wait"]),
              stages: [Workload.Stage(rate: .steady(rate))]
            )
          ]
        )
      ]
    )
    try await run.run(into: layout, origin: .now(), control: RunControl())
    let log = server.log
    var service = Histogram()
    var latency = Histogram()
    for worker in 0..<workers {
      let truth = log[String(worker)] ?? []
      var index = 0
      var reader = SampleReader()
      try reader.read(layout.samples(worker)) { sample in
        guard sample.operation == "wait" else { return }
        defer { index += 1 }
        guard sample.phase == .measure, index < truth.count, let sent = sample.attempt.sent else {
          return
        }
        let own = truth[index].replied - truth[index].received
        service.record(sample.attempt.done - sent - own)
        latency.record(sample.attempt.latency - own)
      }
      guard index == truth.count else {
        throw BenchmarkError(description: "\(index) records of \(truth.count) answers")
      }
    }
    return (service, latency)
  }

  private static func plain(_ server: TruthServer) async throws -> Histogram {
    let times = try await Task.detached { try PlainClient.times(port: server.port) }.value
    let truth = server.log[PlainClient.host] ?? []
    guard times.count == truth.count else {
      throw BenchmarkError(description: "\(times.count) times of \(truth.count) answers")
    }
    var plain = Histogram()
    for (time, own) in zip(times, truth) { plain.record(time - (own.replied - own.received)) }
    return plain
  }

  private static func microseconds(_ histogram: Histogram, _ quantile: Double) -> Double {
    Double(histogram.value(atQuantile: quantile) ?? 0) / 1e3
  }

  private static func row(_ histogram: Histogram, _ columns: [(Double, Int)]) -> String {
    columns.map { quantile, width in
      let text = String(format: "%.0f", microseconds(histogram, quantile))
      return String(repeating: " ", count: max(0, width - text.count)) + text
    }.joined(separator: " ")
  }
}

/// A thread on each core that does nothing and gives way to any other (SCHED_IDLE).
private final class WakefulCores: Sendable {
  private let isStopping = Atomic(false)

  init() {
    for core in 0..<ProcessInfo.processInfo.activeProcessorCount {
      Thread.detachNewThread { [self] in
        _ = clinux_set_thread_core(Int32(core))
        // SCHED_IDLE is 5; without it the thread would compete.
        var parameters = sched_param(sched_priority: 0)
        guard sched_setscheduler(0, 5, &parameters) == 0 else { return }
        while !isStopping.load(ordering: .relaxed) {}
      }
    }
  }

  func stop() { isStopping.store(true, ordering: .relaxed) }
}

/// One request after the other by blocking calls, without an event loop, a parser or a recording.
private enum PlainClient {
  static let host = "peer"
  private static let requests = 1_000

  /// From before `send` until after `recv` of each answer, in nanoseconds.
  static func times(port: UInt16) throws -> [Int64] {
    let socket = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
    defer { close(socket) }
    var address = sockaddr_in()
    address.sin_family = sa_family_t(AF_INET)
    address.sin_port = port.bigEndian
    address.sin_addr.s_addr = inet_addr("127.0.0.1")
    var one: Int32 = 1
    setsockopt(
      socket,
      Int32(IPPROTO_TCP),
      TCP_NODELAY,
      &one,
      socklen_t(MemoryLayout<Int32>.size)
    )
    let connected = withUnsafePointer(to: &address) {
      $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
        connect(socket, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
      }
    }
    guard connected == 0 else { throw BenchmarkError(description: "the peer cannot connect") }
    let command = message("ssh_run_command", "{}")
    var answer = [UInt8](repeating: 0, count: 4_096)
    func exchange(_ message: [UInt8]) throws -> Int64 {
      let sent = MonotonicInstant.now().nanoseconds
      guard send(socket, message, message.count, 0) == message.count,
        recv(socket, &answer, answer.count, 0) > 0
      else { throw BenchmarkError(description: "the peer got no answer") }
      return MonotonicInstant.now().nanoseconds - sent
    }
    _ = try exchange(message("ssh_connect", #"{"host":"\#(host)"}"#))
    return try (0..<requests).map { _ in try exchange(command) }
  }

  private static func message(_ tool: String, _ arguments: String) -> [UInt8] {
    let body =
      #"{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"\#(tool)","#
      + #""arguments":\#(arguments)}}"#
    return Array(
      "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: \(body.utf8.count)\r\n\r\n\(body)".utf8
    )
  }
}

/// A small MCP server on a core of its own that answers commands after a drawn delay, by timerfd.
private final class TruthServer: Sendable {
  /// When a request was read and its answer handed to the kernel, in ns of CLOCK_MONOTONIC.
  struct Instants: Sendable {
    let received: Int64
    let replied: Int64
  }

  let port: UInt16

  /// The commands of each session in their order, by the host that it was opened for.
  var log: [String: [Instants]] { instants.withLock(\.self) }

  private let instants = Mutex<[String: [Instants]]>([:])
  private let isStopping = Atomic(false)

  /// A client, and the answer that it waits for.
  private struct Client {
    let socket: Int32
    var input: [UInt8] = []
    var host = ""
    var answer: [UInt8] = []
    var received: Int64 = 0
    /// When the answer is to go; nil when none is waited for.
    var due: Int64?
  }

  /// Listens, and starts its thread on `core`.
  init(core: Int32) throws {
    guard let loopback = try SocketAddress.resolve(host: "127.0.0.1", port: 0).first else {
      throw BenchmarkError(description: "127.0.0.1 does not resolve")
    }
    let listening = try Socket.listen(on: loopback)
    port = try SocketAddress.local(of: listening).port
    try listening.setNonBlocking(true)
    let listener = listening.release()
    Thread.detachNewThread { [self] in
      _ = clinux_set_thread_core(core)
      serve(listener)
    }
  }

  /// Ends its thread.
  func stop() { isStopping.store(true, ordering: .relaxed) }

  private func serve(_ listener: Int32) {
    var clients: [Client] = []
    var random = SeededRandom(seed: 20_260_212)
    var buffer = [UInt8](repeating: 0, count: 65_536)
    let epoll = clinux_epoll_create()
    let timer = clinux_timerfd()
    _ = clinux_epoll_add(epoll, listener, 0)
    _ = clinux_epoll_add(epoll, timer, 0)
    var events = [clinux_event](repeating: clinux_event(), count: 64)
    while !isStopping.load(ordering: .relaxed) {
      if let next = clients.compactMap(\.due).min() { _ = clinux_timerfd_set(timer, next) }
      _ = clinux_epoll_wait(epoll, &events, 64, 100)
      let accepted = clinux_accept(listener, nil, nil)
      if accepted >= 0 {
        clients.append(Client(socket: accepted))
        _ = clinux_epoll_add(epoll, accepted, 0)
      }
      for index in clients.indices {
        if let due = clients[index].due {
          if MonotonicInstant.now().nanoseconds >= due { reply(to: &clients[index]) }
          continue
        }
        let count = recv(clients[index].socket, &buffer, buffer.count, Int32(MSG_DONTWAIT))
        guard count > 0 else { continue }
        clients[index].received = MonotonicInstant.now().nanoseconds
        clients[index].input += buffer[..<count]
        take(&clients[index], &random)
      }
    }
    for descriptor in clients.map(\.socket) + [epoll, timer, listener] { close(descriptor) }
  }

  /// Answers a whole request, a command after a drawn delay.
  private func take(_ client: inout Client, _ random: inout SeededRandom) {
    guard let end = client.input.firstRange(of: Array("\r\n\r\n".utf8)) else { return }
    let head = String(decoding: client.input[..<end.lowerBound], as: UTF8.self)
    let length =
      head.lines().first { $0.hasBytePrefix("Content-Length: ") }?.words().last.flatMap { Int($0) }
      ?? 0
    guard client.input.count >= end.upperBound + length else { return }
    let message = (try? JSONValue(parsing: client.input[end.upperBound...])) ?? .null
    client.input.removeAll(keepingCapacity: true)
    client.answer = Array(Self.answer(message, head).utf8)
    let call = message["params"]
    if call?["name"]?.string == "ssh_connect" {
      client.host = call?["arguments"]?["host"]?.string ?? ""
    }
    if call?["name"]?.string == "ssh_run_command" {
      client.due = client.received + Int64(500_000 + 4_500_000 * random.uniform())
    } else {
      _ = send(client.socket, client.answer, client.answer.count, Int32(MSG_NOSIGNAL))
    }
  }

  private func reply(to client: inout Client) {
    instants.withLock { [client] instants in
      instants[client.host, default: []].append(
        Instants(received: client.received, replied: MonotonicInstant.now().nanoseconds)
      )
    }
    _ = send(client.socket, client.answer, client.answer.count, Int32(MSG_NOSIGNAL))
    client.due = nil
  }

  private static func answer(_ message: JSONValue, _ head: String) -> String {
    guard let id = message["id"]?.integer else {
      return "HTTP/1.1 \(head.hasBytePrefix("POST") ? 202 : 404) X\r\nContent-Length: 0\r\n\r\n"
    }
    let result =
      message["method"]?.string == "initialize"
      ? #"{"protocolVersion":"2025-11-25","capabilities":{}}"#
      : #"{"content":[],"structuredContent":{"session_id":"s"}}"#
    let body = #"{"jsonrpc":"2.0","id":\#(id),"result":\#(result)}"#
    return "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n"
      + "Content-Length: \(body.utf8.count)\r\n\r\n\(body)"
  }
}
