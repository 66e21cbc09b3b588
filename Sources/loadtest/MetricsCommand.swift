import EventIO
import Foundation
import LoadSupport

/// `loadtest metrics`: what a server says of itself, for people or as JSON.
struct MetricsCommand {
  let settings: RunSettings
  let isJSON: Bool
  let watches: Bool

  /// Prints the metrics, again every two seconds if they are watched; gives the exit status.
  func run() async throws -> Int32 {
    guard let url = settings.serverURL else {
      throw UsageError(
        description:
          "metrics of which server? Name it by --mcp-url, such as http://127.0.0.1:3000/mcp"
      )
    }
    let loop = try EventLoop(name: "metrics")
    defer { loop.stop() }
    let endpoint = try MCPEndpoint(url, headers: settings.headers)
    var scrapers = endpoint.addresses.map { address in
      MetricsScraper(endpoint: endpoint.only(at: address), origin: .now(), loop: loop)
    }
    var isFirst = true
    repeat {
      if !isFirst { try await Task.sleep(for: .seconds(2)) }
      var answer: PrometheusText?
      while answer == nil, let scraper = scrapers.first {
        answer = await scraper.fetch()
        // Another of the server's addresses may be the one that answers.
        if answer == nil { scrapers.removeFirst() }
      }
      guard let page = answer else {
        throw NetworkError(
          "\(url) does not answer GET /metrics with metrics; try `curl http://\(url.hostField)/metrics`"
        )
      }
      let line = ServerMetricsLine(at: 0, occasion: .tick, scrape: page)
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
