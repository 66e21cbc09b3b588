# What makes a host a MicroVM on the bridge.
{ constants, name }:
{ lib, ... }:
let
  inherit (constants) resultsDirectory;
  host = constants.hosts.${name};
  hasResults = name == "agent";
in
{
  microvm = {
    hypervisor = "qemu";
    mem = host.memory_mb;
    vcpu = host.vcpus;
    interfaces = [
      {
        type = "tap";
        id = host.tap;
        inherit (host) mac;
      }
    ];

    # By 9p, which needs no daemon beside the hypervisor.
    shares = [
      {
        tag = "ro-store";
        source = "/nix/store";
        mountPoint = "/nix/.ro-store";
        # Whoever owns the store where Nix is one user's runs the hypervisor, too.
        readOnly = true;
      }
    ]
    ++ lib.optional hasResults {
      tag = "results";
      source = resultsDirectory;
      mountPoint = resultsDirectory;
    };
    preStart = lib.optionalString hasResults ''
      mkdir -p ${resultsDirectory}
    ''
    # `microvm-run &` would be stopped for touching the terminal that it is not in front of.
    + ''
      if [ -t 0 ]; then
        stat=$(</proc/$$/stat)
        read -r _ _ group _ _ foreground _ <<<"''${stat##*) }"
        [ "$group" = "$foreground" ] || exec </dev/null
      fi
    '';
  };

  # One interface, so the kernel's name for it is known.
  networking.usePredictableInterfaceNames = false;

  # Its store is the host's.
  nix.enable = false;
}
