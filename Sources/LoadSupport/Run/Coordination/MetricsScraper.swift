import EventIO

/// Reads a server's page of metrics, each time over a new connection, and records it.
///
/// Behind a balancer each reading may reach another replica: pages of several contradict each other, and are left out
/// then. Over one connection they would be those of one replica, taken for the whole.
package actor MetricsScraper: LoopBound {
  package nonisolated let loop: EventLoop

  private let connection: HTTPClientConnection
  private let request: [UInt8]
  private let writer: LineWriter?
  private let origin: ClockOrigin
  private let servingCPUSeconds: (@Sendable () -> Double?)?
  private let resources: (@Sendable () -> ProcessResources?)?
  private let progress: ProgressMeter?

  /// Connections to targets that the server keeps unused, by its first page and its last; nil where it has
  /// none.
  private var idle: (first: Double, last: Double)?
  private var isAvailable: Bool?
  private var patience = MetricsScraper.mostWaiting
  private var last: Task<Void, Never>?

  /// Why there was no page when it was asked for last; nil where there was one.
  package private(set) var failure: String?

  /// A page larger than this is none that could be read once a second beside a load.
  private static let largestPage = 4 << 20

  /// How long a run waits for pages, all its waits together but the last two.
  private static let mostWaiting = Duration.seconds(5)

  /// Makes a scraper of the page that an endpoint's URL names; one that is not to read records nothing.
  package init(
    page: MCPClientEndpoint,
    writer: LineWriter? = nil,
    origin: ClockOrigin,
    servingCPUSeconds: (@Sendable () -> Double?)? = nil,
    resources: (@Sendable () -> ProcessResources?)? = nil,
    progress: ProgressMeter? = nil,
    reads: Bool = true,
    loop: EventLoop
  ) {
    self.loop = loop
    self.progress = progress
    self.servingCPUSeconds = reads ? servingCPUSeconds : nil
    self.resources = reads ? resources : nil
    self.writer = writer
    self.origin = origin
    var timeouts = HTTPClientTimeouts()
    timeouts.connect = .seconds(2)
    timeouts.firstByte = .seconds(2)
    timeouts.wholeRequest = .seconds(2)
    var limits = HTTPLimits()
    limits.body = Self.largestPage
    // A process that is spoken to over pipes has no page.
    if page.stdio != nil || !reads { isAvailable = false }
    connection = page.connection(on: loop, timeouts: timeouts, limits: limits)
    let head = page.head("GET", page.url.path, fields: ["Accept: text/plain; version=0.0.4"])
    request = head + Array("\r\n".utf8)
  }

  /// Scrapes once and records the result; a server without metrics is not asked again.
  ///
  /// Scrapes that are asked for at the same time follow one another: they share a connection. The
  /// caller waits, but not for ever: when slow pages have cost the run 5 s, those between its steps
  /// are left out, and only what /proc tells is recorded.
  func scrape(_ occasion: ServerMetricsLine.Occasion) async {
    let start = MonotonicInstant.now()
    guard patience > .zero || occasion == .loadEnd || occasion == .after else {
      record(nil, occasion)
      return
    }
    await scrapeInTurn(occasion)
    patience -= .now() - start
  }

  private func scrapeInTurn(_ occasion: ServerMetricsLine.Occasion) async {
    let before = last
    let task = Task {
      await before?.value
      await scrapeNow(occasion)
    }
    last = task
    await task.value
  }

  private func scrapeNow(_ occasion: ServerMetricsLine.Occasion) async {
    let page = await fetch()
    connection.close()
    record(page, occasion)
  }

  private func record(_ page: PrometheusText?, _ occasion: ServerMetricsLine.Occasion) {
    let cpu = servingCPUSeconds?()
    let held = resources?()
    guard page != nil || cpu != nil || held != nil else { return }
    let line = ServerMetricsLine(
      at: origin.offset(page == nil ? MonotonicInstant.now().nanoseconds : connection.lastReceived),
      occasion: occasion,
      scrape: page ?? PrometheusText(parsing: []),
      servingCPUSeconds: cpu,
      resources: held
    )
    if page != nil {
      let last = line.totals[ServerMetricName.poolIdle] ?? 0
      idle = (idle?.first ?? last, last)
    }
    if let progress, let active = line.totals[ServerMetricName.poolActive] {
      progress.note(active: active, idle: line.totals[ServerMetricName.poolIdle] ?? 0)
    }
    guard let bytes = try? RecordingJSON.encodeLine(line) else { return }
    writer?.appendLine { $0 += bytes }
  }

  /// The server's page; nil if there is none.
  package func fetch() async -> PrometheusText? {
    guard isAvailable != false else { return nil }
    failure = nil
    var timing = ExchangeTiming()
    do throws(HTTPError) {
      try await connection.exchange(request, timing: &timing)
    } catch {
      // One that cannot be read while nothing else is asked cannot be read under load either, and a
      // page that is too large does not shrink.
      if isAvailable == nil, error != .interrupted { isAvailable = false }
      if case .violation = error { isAvailable = false }
      failure = "\(error)"
      return nil
    }
    let status = connection.head.status
    if isAvailable == nil, status == 404 || status == 405 || status == 501 { isAvailable = false }
    guard status == 200, !connection.head.isEncoded else {
      failure = status == 200 ? "its answer is compressed" : "HTTP \(status)"
      return nil
    }
    let page = PrometheusText(parsing: connection.body)
    guard !page.series.isEmpty else {
      failure = "its answer is no page of Prometheus's text format"
      return nil
    }
    isAvailable = true
    return page
  }

  /// By how many those are more than at first; none where the server does not tell.
  var moreIdle: Double { idle.map { $0.last - $0.first } ?? 0 }

  /// Scrapes once a second until the run ends it by interrupting sleeps, or the task is cancelled.
  func scrapeRegularly(control: RunControl) async {
    var next = MonotonicInstant.now() + .seconds(1)
    while !Task.isCancelled, !control.isStopping {
      guard await loop.sleep(until: next) == .ready, !Task.isCancelled else { return }
      await scrapeInTurn(.tick)
      next = max(next + .seconds(1), .now())
    }
  }

  /// Ends `scrapeRegularly` without waiting for its next second.
  package func stop() {
    loop.interruptSleepers()
  }

  /// Closes the connection.
  package func close() {
    connection.close()
  }
}
