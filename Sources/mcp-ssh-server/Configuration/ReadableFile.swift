import EventIO
import Glibc

/// Looks at the file system for settings.
enum ReadableFile {
  /// Whether there is a regular file that this process may read.
  static func exists(_ path: String) -> Bool {
    isRegular(path) && access(path, R_OK) == 0
  }

  /// The text of a file of at most 1 MiB; nil if it cannot be read.
  static func contents(_ path: String) -> String? {
    guard exists(path), let file = fopen(path, "re") else { return nil }
    defer { fclose(file) }
    var bytes = [UInt8](repeating: 0, count: 1 << 20)
    let count = fread(&bytes, 1, bytes.count, file)
    return String(validating: bytes.prefix(count), as: UTF8.self)
  }

  /// The path with the working directory before it, if it does not begin at the root.
  static func absolute(_ path: String) -> String {
    guard path.utf8.first != UInt8(ascii: "/"), let directory = getcwd(nil, 0) else { return path }
    defer { free(directory) }
    return String(cString: directory) + "/" + path
  }

  /// The absolute path of a program in a search path.
  static func executable(_ name: String, searchPath: String) -> String? {
    for directory in searchPath.split(at: UInt8(ascii: ":")) where directory.hasBytePrefix("/") {
      let path = "\(directory)/\(name)"
      if isRegular(path), access(path, X_OK) == 0 { return path }
    }
    return nil
  }

  /// Where a symbolic link leads.
  static func linkTarget(_ path: String) -> String? {
    guard let target = realpath(path, nil) else { return nil }
    defer { free(target) }
    return String(cString: target)
  }

  private static func isRegular(_ path: String) -> Bool {
    var status = stat()
    return stat(path, &status) == 0 && status.st_mode & S_IFMT == S_IFREG
  }
}
