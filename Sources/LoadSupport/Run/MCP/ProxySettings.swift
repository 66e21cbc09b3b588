import EventIO
import Foundation

/// An HTTP proxy before a server.
struct Proxy: Sendable, Equatable {
  /// Where it listens.
  let url: HTTPURL

  /// The header field that says who asks; nil where it asks for nothing.
  let authorization: Secret?

  /// The proxy's name in reports.
  var name: String { "http://\(url.hostField)" }

  /// What asks it for a connection to a server, and says who wants it.
  func tunnel(to server: HTTPURL, for userAgent: String) -> ProxyTunnel {
    let host = server.host.containsBytes(":") ? "[\(server.host)]" : server.host
    let place = "\(host):\(server.port)"
    let own = ["Host: \(place)", "\(ClientIdentity.field): \(userAgent)"]
    let lines = ["CONNECT \(place) HTTP/1.1"] + own + fields + ["", ""]
    return ProxyTunnel(
      proxy: name,
      server: place,
      request: Array(lines.joined(separator: "\r\n").utf8)
    )
  }

  /// The fields of a request to the proxy itself (RFC 9110 §11.7.2).
  var fields: [String] { authorization.map { ["Proxy-Authorization: \($0.value)"] } ?? [] }
}

/// Which servers are reached through which proxy: none unless somebody asks for it, for a proxy is a part of
/// what is measured.
package struct ProxySettings: Sendable, Equatable {
  /// What a user may ask for.
  enum Choice: Sendable, Equatable {
    /// This one.
    case named(HTTPURL)

    /// Those that `http_proxy`, `https_proxy`, `all_proxy` and `no_proxy` name.
    case environment
  }

  private var plain: HTTPURL?
  private var secure: HTTPURL?
  private var exempt: [String] = []
  private var authorization: Secret?

  /// Whether somebody named one, and not only the environment.
  private var isNamed = false

  /// Variables that would name a proxy if they were asked.
  private var unusedPlain: String?
  private var unusedSecure: String?

  /// No proxy at all.
  init() {}

  /// Reads what the environment names, as far as it was asked, as curl does.
  ///
  /// - Throws: which variable is no URL of a proxy.
  init(
    _ choice: Choice?,
    credentials: Secret?,
    environment: [String: String]
  ) throws(SettingError) {
    func find(_ names: [String]) -> String? {
      names.first { environment[$0]?.isEmpty == false }
    }
    let all = ["all_proxy", "ALL_PROXY"]
    // Only in lower case: a server of CGI has the header field Proxy in HTTP_PROXY.
    let plainName = find(["http_proxy"] + all)
    let secureName = find(["https_proxy", "HTTPS_PROXY"] + all)
    authorization = credentials.map {
      Secret("Basic " + Data($0.value.utf8).base64EncodedString())
    }
    switch choice {
    case nil: (unusedPlain, unusedSecure) = (plainName, secureName)
    case .named(let url): (plain, secure, isNamed) = (url, url, true)
    case .environment:
      plain = try plainName.map { name throws(SettingError) in try Self.read(name, environment) }
      secure = try secureName.map { name throws(SettingError) in try Self.read(name, environment) }
      let list = find(["no_proxy", "NO_PROXY"]).flatMap { environment[$0] } ?? ""
      exempt = list.split(at: UInt8(ascii: ",")).map { $0.trimmed().asciiLowercased() }
    }
  }

  private static func read(
    _ name: String,
    _ environment: [String: String]
  ) throws(SettingError) -> HTTPURL {
    let text = environment[name] ?? ""
    guard let url = url(text.containsBytes("://") ? text : "http://\(text)") else {
      throw SettingError(name: name, value: "(not shown)", valid: valid)
    }
    return url
  }

  /// What the URL of a proxy must be.
  static let valid =
    "the URL of an HTTP proxy such as http://proxy.example:3128, without credentials (they are read from "
    + "LOADTEST_PROXY_CREDENTIALS_FILE)"

  /// Reads the URL of a proxy; nil if it is none.
  static func url(_ text: String) -> HTTPURL? {
    guard let url = try? HTTPURL(parsing: text), !url.isSecure else { return nil }
    return url
  }

  /// The proxy before a server; nil where there is none.
  func proxy(for url: HTTPURL) -> Proxy? {
    guard let proxy = url.isSecure ? secure : plain, !Self.isLoopback(url.host), !isExempt(url)
    else { return nil }
    return Proxy(url: proxy, authorization: authorization)
  }

  /// The variable that names a proxy for such a server and is not asked; nil where there is none.
  func unusedVariable(for url: HTTPURL) -> String? {
    Self.isLoopback(url.host) ? nil : url.isSecure ? unusedSecure : unusedPlain
  }

  /// Whether a proxy was named that is not used before such a server, for it is on this machine.
  func isNamedInVain(for url: HTTPURL) -> Bool { isNamed && Self.isLoopback(url.host) }

  /// Whether a host is this machine by its name or address.
  static func isLoopback(_ host: String) -> Bool {
    let host = host.asciiLowercased()
    if host.hasSameBytes(as: "localhost") || host.hasByteSuffix(".localhost") { return true }
    let isNumber = host.utf8.allSatisfy { $0 &- 0x30 <= 9 || $0 == UInt8(ascii: ".") }
    return host.hasSameBytes(as: "::1") || isNumber && host.hasBytePrefix("127.")
  }

  /// Whether a host, or a domain that it is in, is to be reached without.
  private func isExempt(_ url: HTTPURL) -> Bool {
    let host = url.host.asciiLowercased()
    return exempt.contains { entry in
      let parts = entry.split(at: UInt8(ascii: ":"))
      let isWithPort = parts.count == 2 && parts[1].utf8.allSatisfy { $0 &- 0x30 <= 9 }
      if isWithPort, UInt16(parts[1]) != url.port { return false }
      let name = (isWithPort ? parts[0] : entry[...]).utf8.drop { $0 == UInt8(ascii: ".") }
      let domain = String(decoding: name, as: UTF8.self)
      return domain.hasSameBytes(as: "*")
        || !domain.isEmpty && (host.hasSameBytes(as: domain) || host.hasByteSuffix(".\(domain)"))
    }
  }
}
