# The load generator.
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
    };
  };
}
