import EventIO

/// How a user asks a server by hand.
extension MCPClientEndpoint {
  /// What follows `curl`: what makes it go through the same proxy and speak TLS as we do, and the URL without its
  /// query, quoted for a shell.
  package var curlWords: [String] {
    let options = proxy.map { ["-x", ServerCommand.quoted($0.name)] } ?? []
    let place = [ServerCommand.quoted(url.withoutQuery)]
    guard let settings = security?.settings else { return options + place }
    let files = [
      ("--cacert", settings.authorities), ("--cert", settings.certificate), ("--key", settings.key),
    ]
    return options + (settings.isInsecure ? ["-k"] : [])
      + files.flatMap { option, path in path.map { [option, ServerCommand.quoted($0)] } ?? [] }
      + place
  }
}
