// swift-tools-version: 6.2

import PackageDescription

// `swift test` builds in debug, and an unoptimised load generator measures itself. Optimising
// whole modules in debug keeps `@testable import` working. Set LOADTEST_UNOPTIMISED for a debugger
// or a sanitizer.
let unoptimised = Context.environment["LOADTEST_UNOPTIMISED"] != nil
let optimised: [SwiftSetting] =
  unoptimised
  ? []
  : [
    .unsafeFlags(
      ["-O", "-wmo", "-num-threads", "2", "-enforce-exclusivity=unchecked"],
      .when(configuration: .debug)
    )
  ]

// Warnings stop our own builds, not those of a user whose newer compiler warns of more.
let strict: [SwiftSetting] =
  Context.environment["LOADTEST_CI"] == "1" ? [.treatAllWarnings(as: .error)] : []

let language: [SwiftSetting] = [
  .swiftLanguageMode(.v6),
  .enableUpcomingFeature("NonisolatedNonsendingByDefault"),
  .enableUpcomingFeature("MemberImportVisibility"),
]

let settings = language + optimised + strict

// What tests do need not be fast, and builds sooner: what simulations call is optimised.
let plain = language + strict

let package = Package(
  name: "mcp-ssh-loadtest",
  products: [
    .library(name: "LoadTesting", targets: ["LoadTesting"]),
    .executable(name: "loadtest", targets: ["loadtest"]),
    .executable(name: "mcp-ssh-server", targets: ["mcp-ssh-server"]),
  ],
  targets: [
    .target(name: "CLinux", cSettings: [.unsafeFlags(["-O2", "-Wall", "-Wextra"])]),
    .target(name: "EventIO", dependencies: ["CLinux"], swiftSettings: settings),
    .target(
      name: "LoadSupport",
      dependencies: ["EventIO"],
      resources: [
        .embedInCode("../../nix/constants/loadtest.json"),
        .embedInCode("Run/MCP/tool-profiles.json"),
      ],
      swiftSettings: settings
    ),
    // It starts the server, so that what builds the one builds the other, `swift run loadtest` too.
    .executableTarget(
      name: "loadtest",
      dependencies: ["CLinux", "EventIO", "LoadSupport", "mcp-ssh-server"],
      swiftSettings: settings
    ),
    .executableTarget(
      name: "mcp-ssh-server",
      dependencies: ["EventIO"],
      swiftSettings: settings
    ),
    // It needs both programs beside the tests of whoever depends on it.
    .target(
      name: "LoadTesting",
      dependencies: ["EventIO", "LoadSupport", "loadtest", "mcp-ssh-server"],
      swiftSettings: settings
    ),
    .executableTarget(
      name: "benchmarks",
      dependencies: ["CLinux", "EventIO", "LoadSupport", "loadtest", "mcp-ssh-server"],
      path: "Benchmarks",
      swiftSettings: settings
    ),
    .testTarget(name: "EventIOTests", dependencies: ["CLinux", "EventIO"], swiftSettings: plain),
    .testTarget(
      name: "LoadSupportTests",
      dependencies: ["LoadSupport", "loadtest"],
      swiftSettings: plain
    ),
    .testTarget(
      name: "MCPSSHServerTests",
      dependencies: ["mcp-ssh-server"],
      swiftSettings: plain
    ),
    .testTarget(
      name: "LoadtestTests",
      dependencies: ["LoadSupport", "loadtest"],
      swiftSettings: plain
    ),
    .testTarget(
      name: "EndToEndTests",
      dependencies: ["LoadSupport", "LoadTesting", "loadtest", "mcp-ssh-server"],
      swiftSettings: plain
    ),
    .testTarget(
      name: "LoadScenarioTests",
      dependencies: ["LoadSupport", "LoadTesting", "loadtest", "mcp-ssh-server"],
      swiftSettings: plain
    ),
  ]
)

// `make fuzz` builds the same code with libFuzzer's counters, the server as a library, and one
// program that libFuzzer feeds.
if Context.environment["LOADTEST_FUZZ"] != nil {
  let counted = settings + [.unsafeFlags(["-sanitize=fuzzer"])]
  let libraries = package.targets.filter { ["EventIO", "LoadSupport"].contains($0.name) }
  for target in libraries { target.swiftSettings = counted }
  package.products = []
  package.targets = package.targets.filter { $0.name == "CLinux" } + libraries
  package.targets += [
    .target(
      name: "mcp-ssh-server",
      dependencies: ["EventIO"],
      exclude: ["App/main.swift"],
      swiftSettings: counted
    ),
    .executableTarget(
      name: "fuzz",
      dependencies: ["EventIO", "LoadSupport", "mcp-ssh-server"],
      path: "Tests/Fuzz",
      exclude: ["corpus"],
      swiftSettings: counted + [.unsafeFlags(["-parse-as-library"])],
      linkerSettings: [.unsafeFlags(["-sanitize=fuzzer", "-use-ld=lld"])]
    ),
  ]
}
