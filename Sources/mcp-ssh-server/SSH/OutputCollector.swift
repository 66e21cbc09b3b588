/// Collects one stream of a command up to the mark that ends it.
///
/// A pure state machine: it is fed as the bytes come, keeps no more than the limit, and finds the
/// mark wherever the bytes were split.
struct OutputCollector: Sendable {
  /// What was written before the mark, up to the limit.
  private(set) var bytes: [UInt8] = []

  /// Whether there was more than the limit.
  private(set) var isTruncated = false

  /// Whether so much was dropped that there is hardly an end to it: a device, or a loop.
  var isOverflowing: Bool { droppedBytes > Self.overflow + 16 * limit }

  /// What follows the mark up to the end of its line; nil as long as that has not come.
  private(set) var trailer: [UInt8]?

  private let mark: [UInt8]
  private let markHasTrailer: Bool
  private let limit: Int
  private var droppedBytes = 0
  private var tail: [UInt8] = []
  private var pendingTrailer: [UInt8]?

  /// Waits for a mark; one that ends in a line feed has no trailer.
  init(mark: [UInt8], limit: Int) {
    self.mark = mark
    self.limit = limit
    markHasTrailer = mark.last != 0x0A
  }

  /// Takes in what came; bytes after the end are dropped.
  mutating func append(_ chunk: UnsafeRawBufferPointer) {
    guard trailer == nil else { return }
    if pendingTrailer != nil { return appendTrailer(chunk[...]) }
    if tail.isEmpty {
      search(chunk)
    } else {
      // The beginning of a mark may be at the end of what came before.
      let joined = tail + chunk
      tail.removeAll(keepingCapacity: true)
      joined.withUnsafeBytes { search($0) }
    }
  }

  private mutating func search(_ text: UnsafeRawBufferPointer) {
    var index = 0
    while let start = text[index...].firstIndex(of: CommandFrame.markStart) {
      let candidate = text[start...].prefix(mark.count)
      if candidate.elementsEqual(mark.prefix(candidate.count)) {
        keep(text[..<start])
        if candidate.count < mark.count {
          tail += candidate
        } else if markHasTrailer {
          pendingTrailer = []
          appendTrailer(text[(start + mark.count)...])
        } else {
          trailer = []
        }
        return
      }
      index = start + 1
    }
    keep(text[...])
  }

  private mutating func keep(_ text: Slice<UnsafeRawBufferPointer>) {
    let room = limit - bytes.count
    if text.count > room {
      isTruncated = true
      droppedBytes += text.count - room
    }
    bytes += text.prefix(room)
  }

  private static let overflow = 16 * 1024 * 1024

  private mutating func appendTrailer(_ text: Slice<UnsafeRawBufferPointer>) {
    guard let end = text.firstIndex(of: 0x0A) else {
      pendingTrailer?.append(contentsOf: text)
      return
    }
    trailer = (pendingTrailer ?? []) + text[..<end]
  }
}
