import EventIO
import Foundation

/// What failed, in words for people: Foundation's errors are texts for programmers.
package enum Failure {
  /// What happened and where, in a sentence, and for some reasons what to do.
  package static func sentence(_ error: any Error) -> String {
    switch error {
    case let error as Errno: return "\(error)\(advice(error.code))"
    case let error as RecordingError: return "\(error)\(advice(error.cause.code))"
    case let error as DecodingError: return reason(error)
    default:
      guard type(of: error) is NSError.Type || error is CocoaError else { return "\(error)" }
      let path = (error as NSError).userInfo[NSFilePathErrorKey] as? String
      return (path.map { "\($0): " } ?? "") + reason(error)
    }
  }

  /// Why something could not be done, without where.
  package static func reason(_ error: any Error) -> String {
    if let error = error as? Errno { return error.reason }
    if let error = error as? DecodingError { return reason(error) }
    guard type(of: error) is NSError.Type || error is CocoaError else { return "\(error)" }
    var cause = error as NSError
    while let below = cause.userInfo[NSUnderlyingErrorKey] as? NSError { cause = below }
    if cause.domain == NSPOSIXErrorDomain, let code = Int32(exactly: cause.code) {
      return Errno(code, "").reason
    }
    switch CocoaError.Code(rawValue: cause.code) {
    case .fileNoSuchFile, .fileReadNoSuchFile: return Errno(ENOENT, "").reason
    case .fileReadNoPermission, .fileWriteNoPermission: return Errno(EACCES, "").reason
    case .fileWriteOutOfSpace: return Errno(ENOSPC, "").reason
    case .fileWriteVolumeReadOnly: return Errno(EROFS, "").reason
    case .fileWriteFileExists: return Errno(EEXIST, "").reason
    case .fileReadUnknown: return "it is no file that can be read"
    case .fileWriteUnknown: return "it is no file that can be written"
    default: return cause.localizedDescription
    }
  }

  private static func reason(_ error: DecodingError) -> String {
    func place(_ context: DecodingError.Context) -> String {
      let path = context.codingPath.map(\.stringValue).joined(separator: ".")
      return path.isEmpty ? "" : " at \(path)"
    }
    switch error {
    case .keyNotFound(let key, let context):
      return "\"\(key.stringValue)\" is missing\(place(context))"
    case .valueNotFound(_, let context): return "a value is missing\(place(context))"
    case .typeMismatch(_, let context):
      return "a value of another kind is expected\(place(context))"
    case .dataCorrupted(let context) where context.codingPath.isEmpty: return "it is no valid JSON"
    case .dataCorrupted(let context): return "a value is not valid\(place(context))"
    @unknown default: return "it cannot be read"
    }
  }

  private static func advice(_ code: Int32) -> String {
    switch code {
    case EMFILE: "; raise the limit of open files (`ulimit -n`), or ask for fewer workers"
    case ENFILE: "; the machine has no open files left: end programs, or raise fs.file-max"
    case ENOSPC, EDQUOT: "; make room, or name another directory by LOADTEST_RESULTS_DIR"
    case ENOMEM, EAGAIN: "; the machine lacks memory or processes: ask for fewer workers"
    default: ""
    }
  }
}
