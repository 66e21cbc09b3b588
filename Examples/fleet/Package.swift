// swift-tools-version: 6.2

import PackageDescription

// A package of one's own with load tests in it. Outside this repository the dependency is
// .package(url: "https://…/mcp-ssh-loadtest.git", from: "1.0.0").
let package = Package(
  name: "fleet",
  dependencies: [.package(name: "mcp-ssh-loadtest", path: "../..")],
  targets: [
    .testTarget(
      name: "FleetLoadTests",
      dependencies: [.product(name: "LoadTesting", package: "mcp-ssh-loadtest")],
      resources: [.copy("hosts.csv")]
    )
  ]
)
