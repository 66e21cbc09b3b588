import EventIO
import Synchronization

/// What people must know before a load, said once however many loads a process makes.
enum Notice {
  private static let told = Mutex(Set<String>())

  /// Says it on standard error, unless it was said.
  static func tell(_ text: String) {
    let isNew = told.withLock { $0.insert(text).inserted }
    if isNew { Output.errors.write("loadtest: \(text)\n") }
  }
}
