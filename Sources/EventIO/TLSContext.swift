import CLinux
import Synchronization

/// What a user may set of TLS.
package struct TLSSettings: Sendable, Equatable {
  /// A file of certificates (PEM) that are trusted in the place of the system's.
  package var authorities: String?

  /// A file of the client's certificate and what it needs of its chain (PEM), and one of its key.
  package var certificate: String?
  package var key: String?

  /// Whether any certificate is taken, whoever made it and whatever it is for.
  package var isInsecure = false

  /// Whether a connection may take up the session of the one before.
  package var resumes = true

  /// The system's authorities, no client certificate.
  package init() {}
}

/// Why there can be no TLS at all, in a sentence.
package struct TLSError: Error, Equatable, CustomStringConvertible {
  package let description: String

  /// That the machine lacks the library, or something in it.
  static func lacking(_ what: String) -> TLSError {
    TLSError(
      description:
        "https needs OpenSSL 3 or 4, and this machine lacks \(what): install libssl3 (Debian, Ubuntu, "
        + "Alpine) or openssl-libs (Fedora)"
    )
  }
}

/// What all TLS connections to one server have in common: whom to trust, and what to show.
///
/// The library is opened at run time, when the first context is made: whoever does without TLS does
/// without it.
// SAFETY: both pointers are set once. OpenSSL lets any thread make connections of a context that is no
// longer changed, and counts its references atomically (SSL_CTX_new(3), openssl-threads(7)).
package final class TLSContext: @unchecked Sendable {
  let calls: UnsafePointer<clinux_openssl>
  let context: UnsafeMutableRawPointer

  /// What it was made by.
  package let settings: TLSSettings

  private let negotiatedSuite = Mutex<String?>(nil)

  /// Opens the library and reads the files.
  ///
  /// - Throws: what is missing, or which file cannot be used.
  package init(_ settings: TLSSettings) throws(TLSError) {
    guard let calls = clinux_openssl() else {
      throw .lacking(String(cString: clinux_openssl_missing()))
    }
    guard let context = calls.pointee.SSL_CTX_new(calls.pointee.TLS_client_method()) else {
      throw TLSError(description: "OpenSSL makes no context: \(Self.reason(calls))")
    }
    self.calls = calls
    self.context = context
    self.settings = settings
    // TLS 1.0 and 1.1 are not to be spoken any more (RFC 8996).
    _ = calls.pointee.SSL_CTX_ctrl(context, OpenSSLNumber.setMinimumVersion, 0x0303, nil)
    // Zero means that it worked (SSL_CTX_set_alpn_protos(3)).
    let alpn = [8] + Array("http/1.1".utf8)
    _ = calls.pointee.SSL_CTX_set_alpn_protos(context, alpn, UInt32(alpn.count))
    calls.pointee.SSL_CTX_set_verify(
      context,
      settings.isInsecure ? OpenSSLNumber.verifyNone : OpenSSLNumber.verifyPeer,
      nil
    )
    try trust(settings.authorities)
    if let certificate = settings.certificate {
      try show(certificate, key: settings.key ?? certificate)
    }
  }

  deinit {
    calls.pointee.SSL_CTX_free(context)
  }

  /// The version of TLS and the cipher of the first connection, and the library; nil before it.
  package var suite: String? { negotiatedSuite.withLock { $0 } }

  private var library: String {
    calls.pointee.OpenSSL_version(0).map { String(cString: $0) } ?? ""
  }

  func note(version: String, cipher: String) {
    negotiatedSuite.withLock { suite in
      guard suite == nil else { return }
      suite = "\(version), \(cipher), \(library)"
    }
  }

  private func trust(_ authorities: String?) throws(TLSError) {
    calls.pointee.ERR_clear_error()
    guard let authorities else {
      // Also SSL_CERT_FILE and SSL_CERT_DIR.
      _ = calls.pointee.SSL_CTX_set_default_verify_paths(context)
      return
    }
    if calls.pointee.SSL_CTX_load_verify_locations(context, authorities, nil) != 1 {
      throw unusable(authorities, "file of trusted certificates (PEM)")
    }
  }

  private func show(_ certificate: String, key: String) throws(TLSError) {
    calls.pointee.ERR_clear_error()
    calls.pointee.SSL_CTX_set_default_passwd_cb(context, clinux_no_password)
    if calls.pointee.SSL_CTX_use_certificate_chain_file(context, certificate) != 1 {
      throw unusable(certificate, "file of a client certificate (PEM)")
    }
    if calls.pointee.SSL_CTX_use_PrivateKey_file(context, key, OpenSSLNumber.pem) != 1
      || calls.pointee.SSL_CTX_check_private_key(context) != 1
    {
      throw unusable(key, "file of the client certificate's key (PEM, without a password)")
    }
  }

  private func unusable(_ path: String, _ what: String) -> TLSError {
    TLSError(description: "\(path) is no \(what): \(Self.reason(calls))")
  }

  /// What OpenSSL says of this thread's last failure.
  static func reason(_ calls: UnsafePointer<clinux_openssl>) -> String {
    let text = calls.pointee.ERR_reason_error_string(calls.pointee.ERR_peek_last_error())
    return text.map { String(cString: $0) } ?? "no reason given"
  }
}

/// Numbers of OpenSSL's headers.
enum OpenSSLNumber {
  static let setMinimumVersion: Int32 = 123
  static let verifyNone: Int32 = 0
  static let verifyPeer: Int32 = 1
  static let pem: Int32 = 1
  static let setServerName: Int32 = 55
  static let memoryContents: Int32 = 3
  static let pendingBytes: Int32 = 10
  static let protocolFailure: Int32 = 1
  static let wantsToRead: Int32 = 2
  static let closed: Int32 = 6
}

/// The session that a client may take up again when it connects the next time.
///
/// Each has its own, as if it were a program by itself. Confined to the loop of the connections that
/// share it.
package final class TLSSession {
  private let context: TLSContext
  private var session: UnsafeMutableRawPointer?

  /// Nothing to take up yet.
  package init(_ context: TLSContext) {
    self.context = context
  }

  deinit { forget() }

  func resume(_ ssl: UnsafeMutableRawPointer) {
    if let session { _ = context.calls.pointee.SSL_set_session(ssl, session) }
  }

  /// Keeps the session of a connection that ends, as far as it may be used again.
  func keep(_ ssl: UnsafeMutableRawPointer) {
    guard context.settings.resumes, let new = context.calls.pointee.SSL_get1_session(ssl) else {
      return
    }
    if context.calls.pointee.SSL_SESSION_is_resumable(new) == 1 {
      forget()
      session = new
    } else {
      context.calls.pointee.SSL_SESSION_free(new)
    }
  }

  func forget() {
    if let session { context.calls.pointee.SSL_SESSION_free(session) }
    session = nil
  }
}
