/// The version of all programs of the package, as `--version` tells it.
package enum PackageVersion {
  package static let number = "1.0.0"
}
