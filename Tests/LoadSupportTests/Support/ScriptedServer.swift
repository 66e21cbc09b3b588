import EventIO
import Glibc

/// A loopback server that plays, for each request it reads, the steps that a script gives for it.
///
/// A script without steps leaves the client waiting. It counts what it sees, so that a test can
/// tell one request from a silent second one.
actor ScriptedServer: LoopBound {
  /// What a server may do.
  enum Step: Sendable {
    /// Writes bytes in one go.
    case send([UInt8])

    /// Writes each byte by itself, and lets whoever shares the loop read it.
    case trickle([UInt8])

    /// Writes the same bytes over and over, until the client hangs up.
    case flood([UInt8])

    case pause(Duration)

    /// Waits until something is so.
    case await(@Sendable () -> Bool)

    /// Ends the connection in order.
    case close

    /// Ends the connection with RST.
    case reset

    /// Resets every connection and listens no more.
    case die
  }

  /// A request as it came.
  struct Request: Sendable {
    /// Which of the connections brought it, from 0.
    let connection: Int

    let method: String
    let path: String

    /// Header fields, names in lower case.
    let fields: [String: String]

    let body: [UInt8]

    /// The body as JSON; null if it is none.
    var json: JSONValue { (try? JSONValue(parsing: body)) ?? .null }
  }

  /// Gives the steps for a request and its number, counted from 0.
  typealias Script = @Sendable (Request, Int) -> [Step]

  nonisolated let loop: EventLoop
  nonisolated let address: SocketAddress

  /// Every request in the order in which it was read.
  private(set) var requests: [Request] = []

  /// How many connections were opened to it.
  private(set) var connectionsAccepted = 0

  private let script: Script
  private var listener: Channel?
  private var channels: [Int: Channel] = [:]
  private var tasks: [Task<Void, Never>] = []

  private init(loop: EventLoop, address: SocketAddress, script: @escaping Script) {
    self.loop = loop
    self.address = address
    self.script = script
  }

  /// Listens on a free port of 127.0.0.1.
  static func start(on loop: EventLoop, script: @escaping Script) async throws -> ScriptedServer {
    guard let loopback = try SocketAddress.resolve(host: "127.0.0.1", port: 0).first else {
      throw Errno(EADDRNOTAVAIL, "resolve")
    }
    let listening = try Socket.listen(on: loopback)
    let address = try SocketAddress.local(of: listening)
    let server = ScriptedServer(loop: loop, address: address, script: script)
    try await server.listen(listening.release())
    return server
  }

  /// Closes everything and waits for what is under way.
  func stop() async {
    listener?.close()
    for channel in channels.values { channel.close() }
    loop.interruptSleepers()
    for task in tasks { await task.value }
  }

  private func listen(_ raw: Int32) throws {
    listener = try Channel(Descriptor(owning: raw), on: loop)
    tasks.append(Task { await acceptAll() })
  }

  private func acceptAll() async {
    while let listener, await listener.waitReadable() == .ready {
      do {
        while let channel = try acceptOne(listener) {
          let index = connectionsAccepted
          connectionsAccepted += 1
          channels[index] = channel
          tasks.append(Task { await serve(index) })
        }
      } catch {
        return
      }
    }
  }

  private func acceptOne(_ listener: Channel) throws -> Channel? {
    guard let descriptor = try Socket.accept(from: listener) else { return nil }
    return try Channel(descriptor, on: loop)
  }

  private func serve(_ index: Int) async {
    guard let channel = channels[index] else { return }
    var input: [UInt8] = []
    do {
      while let request = try await nextRequest(index, channel, &input) {
        requests.append(request)
        for step in script(request, requests.count - 1) { try await play(step, channel) }
      }
    } catch {
      // The client has gone, or a step has ended the connection.
    }
    channel.close()
    channels[index] = nil
  }

  private func play(_ step: Step, _ channel: Channel) async throws {
    switch step {
    case .send(let bytes): try await channel.writeAll(bytes)
    case .trickle(let bytes):
      for byte in bytes {
        try await channel.writeAll([byte])
        // Once round the loop: its other tasks hear of the byte before the next one is written.
        _ = await loop.sleep(until: .now())
      }
    case .flood(let bytes):
      while true { try await channel.writeAll(bytes) }
    case .await(let condition):
      while !condition(), !channel.isClosed {
        _ = await loop.sleep(until: .now() + .milliseconds(1))
      }
    case .pause(let duration): _ = await loop.sleep(until: .now() + duration)
    case .close: channel.close()
    case .reset: reset(channel)
    case .die:
      listener?.close()
      for channel in channels.values { reset(channel) }
    }
  }

  private func reset(_ channel: Channel) {
    guard !channel.isClosed else { return }
    var abort = linger(l_onoff: 1, l_linger: 0)
    setsockopt(
      channel.rawDescriptor,
      SOL_SOCKET,
      SO_LINGER,
      &abort,
      socklen_t(MemoryLayout<linger>.size)
    )
    channel.close()
  }

  /// Reads a request with a length, as our clients send them; nil at a closed connection.
  private func nextRequest(
    _ index: Int,
    _ channel: Channel,
    _ input: inout [UInt8]
  ) async throws -> Request? {
    let separator = Array("\r\n\r\n".utf8)
    while true {
      if let end = input.firstRange(of: separator) {
        let lines = String(decoding: input[..<end.lowerBound], as: UTF8.self)
          .split(separator: "\r\n", omittingEmptySubsequences: false)
        var fields: [String: String] = [:]
        for line in lines.dropFirst() {
          let parts = line.split(separator: ": ", maxSplits: 1, omittingEmptySubsequences: false)
          if parts.count == 2 { fields[parts[0].lowercased()] = String(parts[1]) }
        }
        let length = fields["content-length"].flatMap { Int($0) } ?? 0
        while input.count < end.upperBound + length {
          let more = try await channel.readSome()
          if more.isEmpty { return nil }
          input += more
        }
        let body = Array(input[end.upperBound..<end.upperBound + length])
        input.removeSubrange(..<(end.upperBound + length))
        let words = (lines.first ?? "").split(separator: " ").map(String.init) + ["", ""]
        return Request(
          connection: index,
          method: words[0],
          path: words[1],
          fields: fields,
          body: body
        )
      }
      let more = try await channel.readSome()
      if more.isEmpty { return nil }
      input += more
    }
  }
}
