import Foundation

/// `index.html`: the scenarios of an invocation with a picture of each and links to their reports.
struct IndexPage: Sendable {
  let text: String

  /// Lays the page out, with the pictures that lie in the recording.
  init(_ run: RunSummary, in recording: RecordingLayout) {
    var document = MarkdownReport.document(run)
    document.summary = nil
    document.origin = [run.testID] + (run.scenarios.first.map { [$0.started] } ?? [])
    let images = run.scenarios.compactMap { scenario -> ReportSection.Tile? in
      let picture = recording.scenario(scenario.scenario).picture
      guard
        let svg = try? RecordedFile.contents(of: picture, atMost: RecordedFile.largestHeader)
      else { return nil }
      return .image(
        ReportSection.Image(
          title: scenario.scenario,
          path: "\(scenario.scenario)/report.html",
          result: scenario.badge,
          svg: svg
        )
      )
    }
    var pictures = ReportSection()
    pictures.add(.tiles(images))
    document.sections.insert(pictures, at: 1)
    text = HTMLPage(document).text
  }
}
