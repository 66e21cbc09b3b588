# Commands on the machine that the network is on.
{
  pkgs,
  constants,
  programs,
}:
let
  inherit (pkgs) lib;

  command =
    name: description: runtimeInputs: text:
    pkgs.writeShellApplication {
      inherit name runtimeInputs text;
      meta = { inherit description; };
    };

  # What the environment says stays; a flag would win over it.
  live = ''
    : "''${LOADTEST_LINK_EMULATION:=${constants.linkEmulation}}"
    export LOADTEST_LINK_EMULATION
    export LOADTEST_NETWORK="''${LOADTEST_NETWORK:-live}"
    export LOADTEST_RESULTS_DIR="''${LOADTEST_RESULTS_DIR:-${constants.resultsDirectory}}"
  '';
  standard = ''
    export LOADTEST_PROFILE="''${LOADTEST_PROFILE:-standard}"
  '';
  loadtest =
    name: description: text:
    command name description [ programs ] (live + text);

  network = [
    pkgs.coreutils
    pkgs.iproute2
  ];
  interfaces =
    lib.toShellVars {
      bridge = constants.bridge.name;
      taps = lib.mapAttrsToList (_: host: host.tap) constants.hosts;
      ours = constants.interfaceAlias;
    }
    + "\n"
    + builtins.readFile ./interfaces.sh;
in
lib.mapAttrs (name: f: f name) {
  ssh-network-setup =
    name:
    command name "Make the bridge and the TAPs of the test network (as root)" network (
      lib.toShellVars {
        address = "${constants.bridge.address}/${toString constants.bridge.prefix_length}";
        # The hypervisor opens a queue for each processor.
        queues = lib.mapAttrs' (
          _: host: lib.nameValuePair host.tap (lib.optionalString (host.vcpus > 1) "multi_queue")
        ) constants.hosts;
      }
      + "\n"
      + interfaces
      + builtins.readFile ./network-setup.sh
    );
  ssh-network-teardown =
    name:
    command name "Remove the bridge and the TAPs of the test network (as root)" network (
      interfaces + builtins.readFile ./network-teardown.sh
    );

  ssh-loadtest =
    name:
    loadtest name "Run one scenario on the MicroVMs" (standard + builtins.readFile ./loadtest.sh);
  ssh-loadtest-quick =
    name:
    loadtest name "Run command_throughput for half a minute" ''
      exec loadtest run command_throughput --profile quick "$@"
    '';
  ssh-loadtest-full =
    name:
    loadtest name "Run all scenarios at full length" ''
      exec loadtest run all --profile standard "$@"
    '';
  ssh-loadtest-connection-rate =
    name:
    loadtest name "Measure how fast connections are opened" ''
      ${standard}
      exec loadtest run connection_rate "$@"
    '';
  ssh-loadtest-throughput =
    name:
    loadtest name "Measure commands a second on established connections" ''
      ${standard}
      exec loadtest run command_throughput "$@"
    '';
  ssh-loadtest-latency =
    name:
    loadtest name "Measure what worse links do" ''
      ${standard}
      exec loadtest run latency_test "$@"
    '';
  ssh-loadtest-list = name: loadtest name "List the scenarios" ''exec loadtest list "$@"'';
  ssh-loadtest-metrics =
    name: loadtest name "Show what the MCP server says of itself" ''exec loadtest metrics "$@"'';
}
