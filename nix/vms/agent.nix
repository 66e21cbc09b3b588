# The load generator. Where its console asks for a password, it is reached by
#   ssh -i "$(nix build --no-link --print-out-paths .#ssh-loadtest-keys)/login" root@ADDRESS
{ constants, programs, ... }:
{ pkgs, ... }:
{
  environment = {
    systemPackages = [
      programs
      pkgs.curl
    ];
    variables = {
      LOADTEST_NETWORK = "live";
      LOADTEST_RESULTS_DIR = constants.resultsDirectory;
      LOADTEST_LINK_EMULATION = constants.linkEmulation;
    };
  };
}
