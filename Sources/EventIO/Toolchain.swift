import CLinux

/// The toolchain that built the programs.
package enum Toolchain {
  /// Its C compiler's version, which names the exact build: Swift does not tell its own to programs.
  package static let version = String(cString: clinux_compiler())
}
