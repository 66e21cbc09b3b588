import EventIO
import Foundation
import Glibc

/// Files of recordings, which may come from anybody.
///
/// One is read only where it is a regular file, since what is none may never end, or never begin; no link, which may
/// lead anywhere; and no larger than its reader can bear.
enum RecordedFile {
  /// The most bytes of what is read whole: headers, and the lines of files besides samples.
  static let largestHeader: Int64 = 4 << 20
  static let largestLines: Int64 = 1 << 30

  /// Opens one for reading.
  ///
  /// - Throws: also where it is none, or larger than so many bytes.
  static func open(_ path: String, atMost limit: Int64 = .max) throws(Errno) -> Descriptor {
    let file = try Descriptor.open(path, O_RDONLY | O_NONBLOCK | O_NOFOLLOW)
    var status = stat()
    guard fstat(file.rawValue, &status) == 0, status.st_mode & S_IFMT == S_IFREG else {
      throw Errno(EINVAL, "\(path) is no regular file")
    }
    guard status.st_size <= limit else { throw Errno(EFBIG, "read \(path)") }
    return file
  }

  /// All of it.
  static func contents(of path: String, atMost limit: Int64) throws(Errno) -> Data {
    Data(try open(path, atMost: limit).readToEnd())
  }

  /// Copies one byte for byte to where no file is yet; gives the number of its lines.
  static func copy(_ path: String, to copy: String, atMost limit: Int64) throws(Errno) -> Int {
    let file = try open(path, atMost: limit)
    let written = try Descriptor.open(copy, O_WRONLY | O_CREAT | O_EXCL, mode: 0o644)
    var bytes = [UInt8](repeating: 0, count: 1 << 20)
    var lines = 0
    while true {
      let count = try systemCall("read \(path)") {
        Glibc.read(file.rawValue, &bytes, bytes.count)
      }
      if count == 0 { return lines }
      lines += bytes[..<count].count { $0 == 0x0A }
      try written.writeAll(count == bytes.count ? bytes : Array(bytes[..<count]))
    }
  }

  /// What lies in a directory and is a directory, and no link to one, by name and in order.
  ///
  /// - Throws: when it cannot be read, or is a link itself.
  static func directories(in directory: String) throws(Errno) -> [String] {
    try names(in: directory).filter { kind(of: "\(directory)/\($0)") == S_IFDIR }
  }

  /// The names in a directory, in order.
  ///
  /// - Throws: when it cannot be read, or is a link itself.
  static func names(in directory: String) throws(Errno) -> [String] {
    let kind = kind(of: directory)
    guard kind == S_IFDIR else {
      throw Errno(kind == nil ? ENOENT : ENOTDIR, "read \(directory)")
    }
    do {
      return try FileManager.default.contentsOfDirectory(atPath: directory).sorted()
    } catch {
      throw Errno(EACCES, "read \(directory)")
    }
  }

  /// What kind of file a path names, links not followed; nil for none.
  static func kind(of path: String) -> mode_t? {
    var status = stat()
    return lstat(path, &status) == 0 ? status.st_mode & S_IFMT : nil
  }
}
