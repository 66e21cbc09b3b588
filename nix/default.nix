# Everything that the flake offers on one Linux system.
{
  nixpkgs,
  microvm,
  system,
}:
let
  inherit (nixpkgs) lib;
  pkgs = nixpkgs.legacyPackages.${system};

  constants = import ./constants/loadtest.nix;
  programs = pkgs.callPackage ./packages/loadtest.nix { };
  keys = pkgs.callPackage ./packages/keys.nix { inherit constants; };

  hosts = import ./vms/hosts.nix { inherit lib constants keys programs; };
  ourServer = import ./vms/our-server.nix { inherit lib programs; };
  network = import ./vms {
    inherit nixpkgs microvm system constants hosts ourServer;
  };
  ours = network { };

  apps = import ./apps { inherit pkgs constants programs; };
in
{
  inherit network;

  packages =
    apps
    // ours
    // {
      default = programs;
      mcp-ssh-loadtest = programs;
      ssh-loadtest-keys = keys;
    };

  apps = lib.mapAttrs (_: app: {
    type = "app";
    program = lib.getExe app;
    meta = { inherit (app.meta) description; };
  }) (apps // { inherit (ours) ssh-vms-up ssh-vms-down; });

  checks = {
    inherit programs;
    network = import ./checks/network.nix {
      inherit pkgs constants;
      nodes = hosts {
        server = ourServer;
        debug = false;
        # The test driver's name for the one that leads to the other nodes.
        interface = "eth1";
      };
    };
  };
}
