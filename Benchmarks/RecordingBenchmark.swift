import EventIO
import Foundation
import Glibc
import LoadSupport

/// What a request costs the generator, recording included, against wrk, which records nothing.
///
/// One nginx worker on core 0 answers every request with the same message; generator and wrk take
/// turns on core 1 with 64 connections each, which stay open: over https their handshakes are a small part.
enum RecordingBenchmark {
  private static let connections = 64
  private static let rounds = 5
  private static let seconds = 4

  static func run(isSecure: Bool = false) async throws {
    guard let wrk = find("wrk"), let nginx = find("nginx") else {
      throw BenchmarkError(description: "needs nginx and wrk: apt-get install nginx-light wrk")
    }
    let directory = FileManager.default.temporaryDirectory.path + "/loadtest-bench-\(getpid())"
    try FileManager.default.createDirectory(atPath: directory, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(atPath: directory) }
    let port = try Socket.freeLoopbackPort()
    let server = try startNginx(nginx, directory, port, isSecure)
    defer {
      server.signal(SIGTERM)
      _ = try? server.wait()
    }
    let url = "\(isSecure ? "https" : "http")://127.0.0.1:\(port)/"
    var settings = TLSSettings()
    // As wrk, which looks at no certificate.
    settings.isInsecure = true
    let security = isSecure ? try TLSContext(settings) : nil
    try await waitUntilOpen(port)

    print("CPU microseconds a request, \(rounds) rounds of \(seconds) s by turns, 64 connections")
    var ours: [Double] = []
    var theirs: [Double] = []
    for round in 1...rounds {
      let mine = try await generate(port: port, security, into: directory)
      let peer = try runWrk(wrk, url)
      ours.append(mine.cpuMicroseconds)
      theirs.append(peer.cpuMicroseconds)
      let ratio = mine.cpuMicroseconds / peer.cpuMicroseconds
      print(
        "  round \(round): ours \(describe(mine)), wrk \(describe(peer)), ratio "
          + String(format: "%.2f", ratio)
      )
    }
    if let suite = security?.suite { print("  ours over \(suite)") }
    print("  ours  \(Spread(ours))")
    print("  wrk   \(Spread(theirs))")
    print("  ratio \(Spread(zip(ours, theirs).map { $0 / $1 }))")
  }

  private struct Cost {
    let userMicroseconds: Double
    let systemMicroseconds: Double
    let rate: Double

    var cpuMicroseconds: Double { userMicroseconds + systemMicroseconds }
  }

  private static func describe(_ cost: Cost) -> String {
    String(
      format: "%.2f us (%.2f user, %.2f system) at %.0f/s",
      cost.cpuMicroseconds,
      cost.userMicroseconds,
      cost.systemMicroseconds,
      cost.rate
    )
  }

  // MARK: The generator

  private static func generate(
    port: UInt16,
    _ security: TLSContext?,
    into directory: String
  ) async throws -> Cost {
    let loop = try EventLoop(name: "load-0", core: 1)
    defer { loop.stop() }
    guard let address = try SocketAddress.resolve(host: "127.0.0.1", port: port).first else {
      throw BenchmarkError(description: "127.0.0.1 does not resolve")
    }
    let origin = ClockOrigin.now()
    let writers = try (0..<connections).map { try LineWriter(path: "\(directory)/w\($0).jsonl") }
    let before = processCPU()
    let start = MonotonicInstant.now()
    let end = start + .seconds(seconds)
    let requests = await withTaskGroup(of: Int.self) { group in
      for (index, writer) in writers.enumerated() {
        let user = User(
          index: index,
          loop: loop,
          address: address,
          security: security,
          recorder: SampleRecorder(writer: writer, origin: origin)
        )
        group.addTask(executorPreference: loop.actorTasks) { await user.run(until: end) }
      }
      return await group.reduce(0, +)
    }
    for writer in writers { try await writer.close() }
    let elapsed = (MonotonicInstant.now() - start).seconds
    let after = processCPU()
    return Cost(
      userMicroseconds: (after.user - before.user) / Double(requests),
      systemMicroseconds: (after.system - before.system) / Double(requests),
      rate: Double(requests) / elapsed
    )
  }

  /// A worker without a session: the same connection and the same recording.
  private actor User: LoopBound {
    nonisolated let loop: EventLoop
    private let index: Int
    private let recorder: SampleRecorder
    private let connection: HTTPClientConnection

    init(
      index: Int,
      loop: EventLoop,
      address: SocketAddress,
      security: TLSContext?,
      recorder: SampleRecorder
    ) {
      self.index = index
      self.loop = loop
      self.recorder = recorder
      guard let security else {
        connection = HTTPClientConnection(to: address, on: loop)
        return
      }
      let session = TLSSession(security)
      connection = HTTPClientConnection(to: address, on: loop) { address, loop throws(Errno) in
        let channel = try Channel(Socket.startConnecting(to: address), on: loop)
        return try TLSStream(over: channel, to: address.host, by: security, session, on: loop)
      }
    }

    func run(until end: MonotonicInstant) async -> Int {
      let request = Array("GET / HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n".utf8)
      var requests = 0
      while true {
        let planned = MonotonicInstant.now()
        if planned >= end { break }
        var timing = ExchangeTiming()
        let classification: Classification
        do throws(HTTPError) {
          try await connection.exchange(request, timing: &timing)
          // As wrk: the answer is static, so that only its status can tell anything.
          classification =
            connection.head.status == 200 ? Classification(.success) : Classification(.httpError)
        } catch {
          classification = Classification(error)
        }
        var attempt = Attempt(
          outcome: classification.outcome,
          planned: planned.nanoseconds,
          done: connection.lastReceived,
          error: classification.error
        )
        attempt.sent = timing.sent
        attempt.firstByte = timing.firstByte
        attempt.connecting = timing.connecting
        attempt.httpStatus = connection.head.status
        recorder.record(
          Sample(worker: index, operation: "hostname", phase: .measure, attempt: attempt)
        )
        requests += 1
      }
      connection.close()
      return requests
    }
  }

  private actor Prober: LoopBound {
    nonisolated let loop: EventLoop

    init(loop: EventLoop) {
      self.loop = loop
    }

    func isOpen(_ port: UInt16) async throws -> Bool {
      guard let address = try SocketAddress.resolve(host: "127.0.0.1", port: port).first else {
        return false
      }
      let channel = try Channel(Socket.startConnecting(to: address), on: loop)
      defer { channel.close() }
      return (try? await channel.waitUntilOpen(until: .now() + .seconds(1))) == .ready
    }
  }

  /// User and system time of this process with all its threads, in microseconds.
  private static func processCPU() -> (user: Double, system: Double) {
    var usage = rusage()
    getrusage(__rusage_who_t(RUSAGE_SELF.rawValue), &usage)
    return microseconds(usage)
  }

  private static func microseconds(_ usage: rusage) -> (user: Double, system: Double) {
    (
      Double(usage.ru_utime.tv_sec) * 1e6 + Double(usage.ru_utime.tv_usec),
      Double(usage.ru_stime.tv_sec) * 1e6 + Double(usage.ru_stime.tv_usec)
    )
  }

  // MARK: The peers

  private static func runWrk(_ wrk: String, _ url: String) throws -> Cost {
    let pipe = try Descriptor.pipe()
    let child = try ChildProcess.spawn(
      ProcessSpecification(
        "/usr/bin/taskset",
        ["-c", "1", wrk, "-t1", "-c\(connections)", "-d\(seconds)s", url]
      ),
      standardOutput: pipe.writingEnd.rawValue
    )
    _ = consume pipe.writingEnd
    let file = FileHandle(fileDescriptor: pipe.readingEnd.release(), closeOnDealloc: true)
    let output = String(decoding: file.readDataToEndOfFile(), as: UTF8.self)
    var usage = rusage()
    var status: Int32 = 0
    _ = try systemCall("wait4") { wait4(child.processID, &status, 0, &usage) }
    // "  268394 requests in 4.10s, 51.71MB read"
    let line = output.lines().first { $0.containsBytes(" requests in ") }
    let words = line?.words() ?? []
    guard words.count > 3, let requests = Double(words[0]),
      let elapsed = Double(words[3].dropLast(2))
    else { throw BenchmarkError(description: "wrk said: \(output)") }
    let spent = microseconds(usage)
    return Cost(
      userMicroseconds: spent.user / requests,
      systemMicroseconds: spent.system / requests,
      rate: requests / elapsed
    )
  }

  private static func startNginx(
    _ nginx: String,
    _ directory: String,
    _ port: UInt16,
    _ isSecure: Bool
  ) throws -> ChildProcess {
    if isSecure { try makeCertificate(in: directory) }
    let security =
      isSecure
      ? "ssl_certificate cert.pem; ssl_certificate_key key.pem; ssl_protocols TLSv1.2 TLSv1.3;" : ""
    let answer = #"{"jsonrpc":"2.0","id":1,"result":{"content":[{"type":"text","text":"host"}]}}"#
    let configuration = """
      daemon off;
      master_process on;
      user root;
      worker_processes 1;
      worker_cpu_affinity 01;
      pid \(directory)/nginx.pid;
      error_log stderr;
      events { worker_connections 1024; }
      http {
        access_log off;
        keepalive_requests 1000000000;
        default_type application/json;
        \(security)
        server { listen 127.0.0.1:\(port)\(isSecure ? " ssl" : ""); location / { return 200 '\(answer)'; } }
      }

      """
    let path = "\(directory)/nginx.conf"
    try configuration.write(toFile: path, atomically: true, encoding: .utf8)
    return try ChildProcess.spawn(
      ProcessSpecification(nginx, ["-p", directory, "-c", path], deathSignal: SIGTERM),
      standardError: 2
    )
  }

  private static func makeCertificate(in directory: String) throws {
    guard let openssl = find("openssl") else {
      throw BenchmarkError(description: "needs openssl: apt-get install openssl")
    }
    let words =
      "req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -keyout key.pem -out cert.pem"
      + " -days 2 -subj /CN=127.0.0.1"
    let child = try ChildProcess.spawn(
      ProcessSpecification(openssl, words.words().map(String.init), workingDirectory: directory)
    )
    guard try child.wait() == .exited(0) else {
      throw BenchmarkError(description: "openssl makes no certificate")
    }
  }

  private static func waitUntilOpen(_ port: UInt16) async throws {
    let loop = try EventLoop(name: "probe")
    defer { loop.stop() }
    let prober = Prober(loop: loop)
    for _ in 0..<100 {
      if try await prober.isOpen(port) { return }
      try await Task.sleep(for: .milliseconds(50))
    }
    throw BenchmarkError(description: "nginx did not start")
  }

  private static func find(_ program: String) -> String? {
    ["/usr/bin", "/usr/sbin", "/usr/local/bin"].map { "\($0)/\(program)" }
      .first { FileManager.default.isExecutableFile(atPath: $0) }
  }
}
