import Glibc

/// Looks at the file system for settings.
enum ReadableFile {
  /// Whether there is a regular file that this process may read.
  static func exists(_ path: String) -> Bool {
    isRegular(path) && access(path, R_OK) == 0
  }

  /// The absolute path of a program in a search path.
  static func executable(_ name: String, searchPath: String) -> String? {
    for directory in searchPath.split(separator: ":") where directory.hasPrefix("/") {
      let path = "\(directory)/\(name)"
      if isRegular(path), access(path, X_OK) == 0 { return path }
    }
    return nil
  }

  private static func isRegular(_ path: String) -> Bool {
    var status = stat()
    return stat(path, &status) == 0 && status.st_mode & S_IFMT == S_IFREG
  }
}
