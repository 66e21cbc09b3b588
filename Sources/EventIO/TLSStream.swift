import CLinux
import Glibc

/// A TLS handshake that is over.
package struct TLSHandshake: Sendable, Equatable {
  /// How long it took, from the open connection to the server on, in nanoseconds.
  package let nanoseconds: Int64

  /// Whether it took up the session of an earlier connection, which spares both sides most of the work.
  package let isResumed: Bool
}

/// TLS over a channel, as a client.
///
/// The library sees memory only: reading, writing and waiting stay the channel's, and so do instants and
/// deadlines. Confined to the loop's thread.
package final class TLSStream: ByteStream {
  /// What is to be said over the connection before TLS begins, such as to a proxy.
  package typealias Preface = (Channel, MonotonicInstant?) async throws(Errno) -> WaitResult

  private let channel: Channel

  package var rawDescriptor: Int32 { channel.rawDescriptor }
  private let loop: EventLoop
  private let context: TLSContext
  private let session: TLSSession
  private let calls: UnsafePointer<clinux_openssl>
  private let name: String
  private let preface: Preface?

  /// Nil once it is closed; it owns the two memories.
  private var ssl: UnsafeMutableRawPointer?
  private let received: UnsafeMutableRawPointer
  private let toSend: UnsafeMutableRawPointer

  /// So many bytes of the write that is under way are encrypted, but not all of them sent.
  private var taken = 0

  /// Whether another read would give something without the channel: decrypted bytes, or the end.
  private var holdsMore = false

  private var failure: Errno?

  package private(set) var handshake: TLSHandshake?

  package private(set) var openingStage = OpeningStage.connection

  /// Begins TLS with a server of that name or address, over a connection that may still be opening.
  ///
  /// A session of an earlier connection is taken up, and this one's kept at its end.
  package init(
    over channel: Channel,
    to name: String,
    by context: TLSContext,
    _ session: TLSSession,
    on loop: EventLoop,
    after preface: Preface? = nil
  ) throws(Errno) {
    let calls = context.calls
    guard let ssl = calls.pointee.SSL_new(context.context),
      let received = calls.pointee.BIO_new(calls.pointee.BIO_s_mem()),
      let toSend = calls.pointee.BIO_new(calls.pointee.BIO_s_mem())
    else { throw Errno(ENOMEM, "TLS with \(name)") }
    self.preface = preface
    (self.channel, self.loop, self.context, self.session) = (channel, loop, context, session)
    (self.calls, self.ssl, self.received, self.toSend) = (calls, ssl, received, toSend)
    // No certificate has the dot that ends a full name (RFC 6066 §3 leaves it out, too).
    self.name = name.hasByteSuffix(".") ? String(name.dropLast()) : name
    calls.pointee.SSL_set_bio(ssl, received, toSend)
    calls.pointee.SSL_set_connect_state(ssl)
    // SSL_set1_host takes names only, and the extension is not for addresses (RFC 6066 §3).
    let parameters = calls.pointee.SSL_get0_param(ssl)
    if calls.pointee.X509_VERIFY_PARAM_set1_ip_asc(parameters, self.name) != 1 {
      _ = calls.pointee.SSL_set1_host(ssl, self.name)
      self.name.withCString { text in
        let text = UnsafeMutableRawPointer(mutating: text)
        _ = calls.pointee.SSL_ctrl(ssl, OpenSSLNumber.setServerName, 0, text)
      }
    }
    session.resume(ssl)
  }

  deinit {
    if let ssl { calls.pointee.SSL_free(ssl) }
  }

  package func close() {
    guard let ssl else { return channel.close() }
    if handshake != nil {
      // Without it OpenSSL lets nobody resume the session; quiet, it sends nothing.
      calls.pointee.SSL_set_quiet_shutdown(ssl, 1)
      _ = calls.pointee.SSL_shutdown(ssl)
      session.keep(ssl)
    } else {
      session.forget()
    }
    calls.pointee.SSL_free(ssl)
    self.ssl = nil
    channel.close()
  }

  package var interruptions: Int { channel.interruptions }

  // MARK: Opening

  package func waitUntilOpen(
    until deadline: MonotonicInstant? = nil
  ) async throws(Errno) -> WaitResult {
    var result = try await channel.waitUntilOpen(until: deadline)
    guard result == .ready else { return result }
    if let preface {
      openingStage = .tunnel
      result = try await preface(channel, deadline)
      guard result == .ready else { return result }
    }
    openingStage = .handshake
    let start = MonotonicInstant.now()
    let interruptions = channel.interruptions
    while true {
      let isDone = try shakeHands()
      while try !sendEncrypted() {
        result = await channel.waitWritable(until: deadline)
        guard result == .ready else { return result }
      }
      if isDone { break }
      result = await channel.waitReadable(until: deadline)
      guard result == .ready else { return result }
      if try takeIn() == 0 {
        throw Errno(protocolError: "the server closed the connection", "TLS handshake")
      }
      // A peer that always sends never lets the channel wait.
      if let deadline, deadline <= .now() { return .timedOut }
      if channel.interruptions != interruptions { return .interrupted }
    }
    noteHandshake(since: start)
    return .ready
  }

  /// Goes as far as what has come allows, and says whether the handshake is over.
  private func shakeHands() throws(Errno) -> Bool {
    let ssl = try open()
    let result = calls.pointee.SSL_do_handshake(ssl)
    if result == 1 { return true }
    if calls.pointee.SSL_get_error(ssl, result) == OpenSSLNumber.wantsToRead { return false }
    let failure = failed("TLS handshake")
    // The server is told why.
    _ = try? sendEncrypted()
    throw failure
  }

  private func noteHandshake(since start: MonotonicInstant) {
    guard let ssl else { return }
    handshake = TLSHandshake(
      nanoseconds: MonotonicInstant.now().nanoseconds - start.nanoseconds,
      isResumed: calls.pointee.SSL_session_reused(ssl) == 1
    )
    guard context.suite == nil,
      let version = calls.pointee.SSL_get_version(ssl),
      let cipher = calls.pointee.SSL_CIPHER_get_name(calls.pointee.SSL_get_current_cipher(ssl))
    else { return }
    context.note(version: String(cString: version), cipher: String(cString: cipher))
  }

  // MARK: Writing

  /// Encrypts and sends.
  ///
  /// What is encrypted must go out as it is: until all of it has, the same bytes are refused, and only
  /// then counted.
  package func write(_ bytes: UnsafeRawBufferPointer) throws(Errno) -> IOResult {
    let ssl = try open()
    if taken == 0, !bytes.isEmpty {
      let count = min(bytes.count, Self.mostAtOnce)
      let result = calls.pointee.SSL_write_ex(ssl, bytes.baseAddress, count, &taken)
      guard result == 1 else { throw failed("write") }
    }
    guard try sendEncrypted() else { return .wouldBlock }
    defer { taken = 0 }
    return .bytes(taken)
  }

  private static let mostAtOnce = 65_536

  package func waitWritable(until deadline: MonotonicInstant?) async -> WaitResult {
    await channel.waitWritable(until: deadline)
  }

  /// Sends what is encrypted, and says whether nothing is left of it.
  private func sendEncrypted() throws(Errno) -> Bool {
    while true {
      var start: UnsafeMutableRawPointer?
      let count = calls.pointee.BIO_ctrl(toSend, OpenSSLNumber.memoryContents, 0, &start)
      guard count > 0, let start else { return true }
      let encrypted = UnsafeRawBufferPointer(start: start, count: count)
      guard case .bytes(let sent) = try channel.write(encrypted) else { return false }
      var rest = sent
      while rest > 0 {
        let part = Int32(min(rest, loop.scratch.count))
        rest -= Int(calls.pointee.BIO_read(toSend, loop.scratch.baseAddress, part))
      }
    }
  }

  // MARK: Reading

  package func read(_ body: (UnsafeRawBufferPointer) -> Void) throws(Errno) -> Int? {
    if let failure { throw failure }
    var isAtEnd = false
    if !holdsMore {
      guard let count = try takeIn() else { return nil }
      isAtEnd = count == 0
    }
    let ssl = try open()
    let plain = loop.scratch
    var count = 0
    holdsMore = true
    while count < plain.count {
      var part = 0
      let result = calls.pointee.SSL_read_ex(
        ssl,
        plain.baseAddress.map { $0 + count },
        plain.count - count,
        &part
      )
      if result == 1 {
        count += part
        continue
      }
      switch calls.pointee.SSL_get_error(ssl, result) {
      case OpenSSLNumber.wantsToRead: holdsMore = false
      case OpenSSLNumber.closed where count == 0:
        body(UnsafeRawBufferPointer(start: nil, count: 0))
        return 0
      case OpenSSLNumber.closed: break
      default: failure = failed("read")
      }
      break
    }
    // What the library has to say by itself: new keys, alerts. By then `plain` has been read.
    defer {
      if calls.pointee.BIO_ctrl(toSend, OpenSSLNumber.pendingBytes, 0, nil) > 0 {
        _ = try? sendEncrypted()
      }
    }
    if count > 0 {
      body(UnsafeRawBufferPointer(rebasing: plain[..<count]))
      return count
    }
    if let failure { throw failure }
    if isAtEnd { throw Self.truncated }
    return nil
  }

  /// Somebody on the way could have cut off the rest (RFC 8446 §6.1).
  private static let truncated = Errno(
    protocolError: "the server closed the connection without the end of TLS (close_notify)",
    "read"
  )

  /// What comes by itself is not always an answer: tickets of TLS 1.3 follow the handshake whenever the
  /// server likes (RFC 8446 §4.6.1).
  package var hasUnreadInput: Bool {
    if holdsMore || failure != nil { return true }
    guard channel.hasUnreadInput else { return false }
    do throws(Errno) {
      if let count = try takeIn(), count == 0 { return true }
      let ssl = try open()
      var (byte, count): (UInt8, Int) = (0, 0)
      let result = calls.pointee.SSL_peek_ex(ssl, &byte, 1, &count)
      holdsMore =
        result == 1 || calls.pointee.SSL_get_error(ssl, result) != OpenSSLNumber.wantsToRead
      return holdsMore || channel.hasUnreadInput
    } catch {
      failure = error
      return true
    }
  }

  package func resumeWhenReadable(
    _ continuation: UnsafeContinuation<WaitResult, Never>,
    until deadline: MonotonicInstant?
  ) {
    if holdsMore || failure != nil {
      continuation.resume(returning: .ready)
    } else {
      channel.resumeWhenReadable(continuation, until: deadline)
    }
  }

  /// Hands the library what the channel has; zero at the peer's end, nil when there was nothing.
  private func takeIn() throws(Errno) -> Int? {
    _ = try open()
    return try channel.read { bytes in
      _ = calls.pointee.BIO_write(received, bytes.baseAddress, Int32(bytes.count))
    }
  }

  // MARK: Failing

  /// The connection, for a call whose failure the queue of this thread is to tell of, and of no earlier one.
  private func open() throws(Errno) -> UnsafeMutableRawPointer {
    guard let ssl else { throw Errno(EBADF, "use of a closed connection") }
    calls.pointee.ERR_clear_error()
    return ssl
  }

  /// Why the call before has failed: the certificate, or what the library has to say, alerts of the server
  /// included.
  private func failed(_ operation: String) -> Errno {
    let verdict = calls.pointee.SSL_get_verify_result(ssl)
    guard handshake == nil, verdict != 0, !context.settings.isInsecure else {
      return Errno(protocolError: TLSContext.reason(calls), operation)
    }
    let reason = calls.pointee.X509_verify_cert_error_string(verdict).map { String(cString: $0) }
    return Errno(
      protocolError: "the certificate of \(name) is not accepted: \(reason ?? "error \(verdict)")",
      operation
    )
  }
}
