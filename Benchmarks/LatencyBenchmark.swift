import EventIO
import Foundation
import Glibc
import LoadSupport

/// Whether a recorded latency is true: a server that answers after known, varied delays logs its own
/// instants, and each request's record is compared with them.
///
/// Both use CLOCK_MONOTONIC of one machine. What a record has beyond the server's own time from
/// reading the request to writing the answer is the way there and back, and the generator's own. How
/// much of that is the way's, a peer tells in the same run: a plain client that blocks in `recv`.
enum LatencyBenchmark {
  private static let workers = 10
  private static let rate = 1_000.0
  private static let seconds = 10

  static func run() async throws {
    let directory = FileManager.default.temporaryDirectory.path + "/loadtest-truth-\(getpid())"
    try FileManager.default.createDirectory(atPath: directory, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(atPath: directory) }
    let loop = try EventLoop(name: "truth", core: 0)
    defer { loop.stop() }
    let server = try await TruthServer.start(on: loop)
    let origin = ClockOrigin.now()
    let layout = RecordingLayout(directory: directory).scenario("truth")
    try FileManager.default.createDirectory(
      atPath: layout.directory,
      withIntermediateDirectories: true
    )
    let mix = OperationMix.inTurn([RemoteOperation(name: "wait", command: "wait")])
    let run = LoadRun(
      workers: workers,
      loops: 1,
      plan: WorkerPlan(
        endpoint: try MCPEndpoint(HTTPURL(host: "127.0.0.1", port: server.port, path: "/")),
        profile: .standard,
        // A target for each worker: by its name the server tells one from the other.
        targets: (0..<workers).map { SSHTarget(host: String($0), port: 22) }
      ),
      steps: [
        LoadStep(
          warmUp: .seconds(1),
          length: .fixed(.seconds(seconds)),
          groups: [
            WorkerGroup(
              workers: WorkerSelection(0..<workers),
              mix: mix,
              arrivals: .constant(ratePerSecond: rate)
            )
          ]
        )
      ]
    )
    try await run.run(into: layout, origin: origin, control: RunControl())
    let log = await server.log
    print(
      "\(Int(rate)) requests/s for \(seconds) s, delays of 0.5 to 5 ms; microseconds beyond the"
    )
    print("server's own time from reading a request to writing its answer:")
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
    show("service time (from sending)", service)
    show("latency (from the plan)", latency)
    let peer = try await Task.detached { try PlainClient.times(port: server.port) }.value
    let truth = await server.log[PlainClient.host] ?? []
    guard peer.count == truth.count else {
      throw BenchmarkError(description: "\(peer.count) times of \(truth.count) answers")
    }
    var plain = Histogram()
    for (time, own) in zip(peer, truth) { plain.record(time - (own.replied - own.received)) }
    show("peer: a client that blocks", plain)
    let ratio =
      Double(service.value(atQuantile: 0.99) ?? 0)
      / Double(max(1, plain.value(atQuantile: 0.99) ?? 0))
    print(String(format: "  p99 of the service time beside the peer's: %.2f times", ratio))
  }

  private static func show(_ name: String, _ histogram: Histogram) {
    let values = [0.5, 0.9, 0.99, 0.999].map {
      String(format: "%.0f", Double(histogram.value(atQuantile: $0) ?? 0) / 1e3)
    }
    print(
      "  \(name): p50 \(values[0]), p90 \(values[1]), p99 \(values[2]), p99.9 \(values[3]), "
        + "n = \(histogram.count)"
    )
  }
}

/// One request after the other by blocking calls, without an event loop, a parser or a recording.
private enum PlainClient {
  static let host = "peer"
  private static let requests = 3_000

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

/// A small MCP server on one core that answers commands after a drawn delay, by the loop's timerfd.
private actor TruthServer: LoopBound {
  /// When a request was read and its answer handed to the kernel, in ns of CLOCK_MONOTONIC.
  struct Instants: Sendable {
    let received: Int64
    let replied: Int64
  }

  nonisolated let loop: EventLoop
  nonisolated let port: UInt16

  /// The commands of each session in their order, by the host that it was opened for.
  private(set) var log: [String: [Instants]] = [:]

  private let listener: Channel
  private var channels: [Channel] = []
  private var random = SeededRandom(seed: 20_260_212)

  private init(loop: EventLoop, listener: consuming Descriptor, port: UInt16) throws {
    self.loop = loop
    self.port = port
    self.listener = try Channel(listener, on: loop)
  }

  static func start(on loop: EventLoop) async throws -> TruthServer {
    guard let loopback = try SocketAddress.resolve(host: "127.0.0.1", port: 0).first else {
      throw BenchmarkError(description: "127.0.0.1 does not resolve")
    }
    let listening = try Socket.listen(on: loopback)
    let port = try SocketAddress.local(of: listening).port
    let raw = listening.release()
    let server = try await Task(executorPreference: loop.actorTasks) {
      try TruthServer(loop: loop, listener: Descriptor(owning: raw), port: port)
    }.value
    Task(executorPreference: loop.actorTasks) { await server.acceptAll() }
    return server
  }

  private func acceptAll() async {
    while await listener.waitReadable() == .ready {
      while let client = try? Socket.accept(from: listener) {
        guard let channel = try? Channel(client, on: loop) else { continue }
        channels.append(channel)
        let index = channels.count - 1
        Task(executorPreference: loop.actorTasks) { await self.serve(index) }
      }
    }
  }

  private func serve(_ index: Int) async {
    let channel = channels[index]
    defer { channel.close() }
    var input: [UInt8] = []
    var host = ""
    while let more = try? await channel.readSome(), !more.isEmpty {
      let received = MonotonicInstant.now()
      input += more
      guard let end = input.firstRange(of: Array("\r\n\r\n".utf8)) else { continue }
      let head = String(decoding: input[..<end.lowerBound], as: UTF8.self)
      let length =
        head.split(separator: "\r\n").first { $0.hasPrefix("Content-Length: ") }
        .flatMap { Int($0.dropFirst("Content-Length: ".count)) } ?? 0
      guard input.count >= end.upperBound + length else { continue }
      let message = (try? JSONValue(parsing: input[end.upperBound...])) ?? .null
      input.removeAll(keepingCapacity: true)
      let call = message["params"]
      if call?["name"]?.string == "ssh_connect" { host = call?["arguments"]?["host"]?.string ?? "" }
      let answer = Array(Self.answer(message, head).utf8)
      if call?["name"]?.string == "ssh_run_command" {
        let delay = 0.000_5 + 0.004_5 * random.uniform()
        _ = await loop.sleep(until: received + .seconds(delay))
        log[host, default: []].append(
          Instants(
            received: received.nanoseconds,
            replied: MonotonicInstant.now().nanoseconds
          )
        )
      }
      guard (try? await channel.writeAll(answer)) != nil else { return }
    }
  }

  private static func answer(_ message: JSONValue, _ head: String) -> String {
    guard let id = message["id"]?.integer else {
      return "HTTP/1.1 \(head.hasPrefix("POST") ? 202 : 404) X\r\nContent-Length: 0\r\n\r\n"
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
