import EventIO
import Foundation
import XCTest

@testable import LoadSupport

/// An nginx on loopback, with certificates made on the spot, one port for each thing that can be wrong.
final class TLSServers: Sendable {
  enum Kind: String, CaseIterable {
    case good, elsewhere, expired, selfsigned, clients, old, plain
  }

  let directory: String
  let ports: [Kind: UInt16]
  private let nginx: ChildProcess

  /// Starts it, or skips the test where a program for it is missing.
  static func start() async throws -> TLSServers {
    _ = try TestProgram.path("openssl")
    return try await TLSServers(try TestProgram.path("nginx"))
  }

  private init(_ program: String) async throws {
    directory = try TemporaryDirectory().path
    let script = SourceFile.package + "/Tests/Fixtures/tls-certificates.sh"
    let log = directory + "/log"
    let maker = try ChildProcess.spawn(
      ProcessSpecification("/bin/sh", [script, directory]),
      standardError: Descriptor.open(log, O_WRONLY | O_CREAT, mode: 0o644).rawValue
    )
    guard try maker.wait() == .exited(0) else {
      let words = try String(contentsOfFile: log, encoding: .utf8)
      throw XCTSkip("openssl makes no certificates: \(words)")
    }
    let pairs = try Kind.allCases.map { ($0, try Socket.freeLoopbackPort()) }
    ports = Dictionary(uniqueKeysWithValues: pairs)
    try Data(repeating: 0x61, count: Self.big).write(to: URL(fileURLWithPath: directory + "/big"))
    try Data(Self.configuration(directory, ports).utf8)
      .write(to: URL(fileURLWithPath: directory + "/nginx.conf"))
    nginx = try ChildProcess.spawn(
      ProcessSpecification(
        program,
        ["-p", directory, "-e", directory + "/error.log", "-c", directory + "/nginx.conf"]
      )
    )
    for port in ports.values { try await TestProgram.waitForListener(on: port) }
  }

  func stop() {
    nginx.signal(SIGKILL)
    _ = try? nginx.wait()
  }

  /// The bytes of the answer to `/big`.
  static let big = 1 << 20

  private static func configuration(_ directory: String, _ ports: [Kind: UInt16]) -> String {
    let servers = ports.map { kind, port in
      let file = kind == .clients || kind == .old ? Kind.good : kind
      let certificate =
        kind == .plain ? "" : "ssl_certificate \(file).pem; ssl_certificate_key \(file).key;"
      let more =
        switch kind {
        case .clients: "ssl_verify_client on; ssl_client_certificate authority.pem;"
        case .old: "ssl_protocols TLSv1.2;"
        default: ""
        }
      return """
        server {
          listen 127.0.0.1:\(port)\(kind == .plain ? "" : " ssl");
          \(certificate) \(more)
          root \(directory);
          location / { return 200 "$ssl_protocol $ssl_server_name $ssl_alpn_protocol $ssl_client_s_dn"; }
          location /close { keepalive_timeout 0; return 200 "$ssl_session_reused"; }
          location /big { }
          location /down { return 307 http://localhost:\(port)/; }
          location /metrics { return 200 "up 1\\n"; }
        }
        """
    }
    return """
      daemon off; master_process off; pid \(directory)/nginx.pid;
      events {}
      http {
        access_log off;
        client_body_temp_path t1; proxy_temp_path t2; fastcgi_temp_path t3; uwsgi_temp_path t4; scgi_temp_path t5;
        ssl_protocols TLSv1.2 TLSv1.3;
        \(servers.joined(separator: "\n"))
      }
      """
  }
}

/// Programs of this machine that tests use.
enum TestProgram {
  /// Where one is; skips the test where it is nowhere.
  static func path(_ name: String) throws -> String {
    let search = ProcessInfo.processInfo.environment["PATH"] ?? ""
    for directory in search.split(separator: ":") + ["/usr/sbin", "/usr/bin"] {
      let path = "\(directory)/\(name)"
      if FileManager.default.isExecutableFile(atPath: path) { return path }
    }
    throw XCTSkip("\(name) is not installed")
  }

  /// Waits until something listens on a port of loopback.
  static func waitForListener(on port: UInt16) async throws {
    var settings = RunSettings()
    settings.serverURL = HTTPURL(host: "127.0.0.1", port: port)
    let deadline = MonotonicInstant.now() + .seconds(30)
    while true {
      do {
        return try Network.reach(settings)
      } catch {
        guard MonotonicInstant.now() < deadline else { throw error }
        try await Task.sleep(for: .milliseconds(10))
      }
    }
  }
}
