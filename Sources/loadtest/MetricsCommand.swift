import EventIO
import Foundation
import LoadSupport

/// `loadtest metrics`: what a server says of itself, for people or as JSON.
struct MetricsCommand: Command, Equatable {
  var watches = false
  var isJSON = false

  static let name = "metrics"
  static let calls: [CommandCall] = [
    ("metrics [--watch] [--json]", "the metrics of a server (--mcp-url or --metrics-url)")
  ]
  static let examples: [CommandCall] = [
    ("metrics --mcp-url http://host:3000/mcp", "once"),
    ("metrics --mcp-url URL --watch", "again each second"),
    ("metrics --mcp-url URL --json", "for scripts"),
  ]
  static let about =
    "Prints what a server's GET /metrics, or the page of --metrics-url, answers, sorted by name."
  static let exitStatus = "0 printed, 2 bad usage, 3 the server does not answer"
  static let groups: [OptionGroup] = [
    .server.always, .serverPort.always, .limitedServer.always, .metrics.always, .tls.always,
    .proxy.always,
    .headers.always,
  ]
  static let options: [ProgramOption<Self>] = [
    .toggle("--watch", "print them again every two seconds", to: \.watches),
    .json("JSON", to: \.isJSON),
  ]

  /// Prints the metrics, again every two seconds if they are watched; gives the exit status.
  func run(_ setup: RunSetup) async throws -> Int32 {
    let settings = setup.settings
    let server = try settings.serverURL.map { try settings.endpoint($0) }
    guard let page = try settings.metricsPage(of: server) else {
      throw UsageError(
        description:
          "metrics of which server? Name it by --mcp-url, such as http://127.0.0.1:3000/mcp, or the page by "
          + "--metrics-url"
      )
    }
    let loop = try EventLoop(name: "metrics")
    defer { loop.stop() }
    var scrapers = page.addresses.map { address in
      MetricsScraper(page: page.only(at: address), origin: .now(), loop: loop)
    }
    var isFirst = true
    repeat {
      if !isFirst { try await Task.sleep(for: .seconds(2)) }
      var answer: PrometheusText?
      var failure: String?
      while answer == nil, let scraper = scrapers.first {
        answer = await scraper.fetch()
        failure = await scraper.failure
        // Another of the server's addresses may be the one that answers.
        if answer == nil { scrapers.removeFirst() }
      }
      guard let answer else {
        throw NetworkError(
          "\(page.url.withoutQuery) does not answer with metrics"
            + (failure.map { ": \($0)" } ?? "")
            + "; try `curl \(page.curlWords.joined(separator: " "))`"
        )
      }
      let line = ServerMetricsLine(at: 0, occasion: .tick, scrape: answer)
      if isJSON {
        Output.standard.write(try RecordingJSON.encodeFile(line.series))
      } else {
        let series = line.series.map { ($0.key.shown, NumberText.plain($0.value)) }
        let width = (series.map(\.0.count).max() ?? 0) + 2
        let lines = series.sorted { $0.0 < $1.0 }.map { "\($0.0.padded(width))\($0.1)\n" }
        Output.standard.write((isFirst ? "" : "\n") + lines.joined())
      }
      isFirst = false
    } while watches && Output.standard.failure == nil
    return 0
  }
}
