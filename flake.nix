{
  description = "Load and performance tests for MCP SSH servers, on three MicroVMs";

  inputs = {
    nixpkgs.url = "github:NixOS/nixpkgs/nixos-unstable";
    microvm = {
      url = "github:microvm-nix/microvm.nix";
      inputs.nixpkgs.follows = "nixpkgs";
    };
  };

  outputs =
    {
      self,
      nixpkgs,
      microvm,
    }:
    let
      inherit (nixpkgs) lib;

      # The suite and its machines are for Linux; elsewhere there is a shell to edit in.
      linux = [
        "x86_64-linux"
        "aarch64-linux"
      ];
      others = [ "aarch64-darwin" ];

      forLinux =
        f: lib.genAttrs linux (system: f (import ./nix { inherit nixpkgs microvm system; }));
      forAll = f: lib.genAttrs (linux ++ others) (system: f nixpkgs.legacyPackages.${system});
    in
    {
      packages = forLinux (suite: suite.packages);
      apps = forLinux (suite: suite.apps);
      checks = forLinux (suite: suite.checks);

      # lib.<system>.network { mcpServer = …; }: the same machines around another server.
      lib = forLinux (suite: { inherit (suite) network; });

      devShells = forAll (pkgs: {
        default = pkgs.callPackage ./nix/shell.nix { };
      });
      formatter = forAll (pkgs: pkgs.nixfmt-tree);
    };
}
