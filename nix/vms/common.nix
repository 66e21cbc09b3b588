# What the three hosts have in common.
{
  constants,
  keys,
  debug,
  interface,
  name,
  ...
}:
{ lib, ... }:
let
  inherit (constants) bridge hosts sshPorts;
  hostKey = "ssh/ssh_host_ed25519_key";
in
{
  networking = {
    hostName = name;
    useDHCP = false;
    interfaces.${interface}.ipv4.addresses = [
      {
        inherit (hosts.${name}) address;
        prefixLength = bridge.prefix_length;
      }
    ];
    hosts = lib.mapAttrs' (host: { address, ... }: lib.nameValuePair address [ host ]) hosts;

    # Nobody but these hosts and the machine that they run on is in this network.
    firewall.enable = false;
  };

  services.openssh = {
    enable = true;
    ports = [ sshPorts.${name} ];
    hostKeys = [
      {
        type = "ed25519";
        path = "/etc/${hostKey}";
      }
    ];
    settings = {
      PasswordAuthentication = debug;
      KbdInteractiveAuthentication = false;
    };
  };

  environment.etc = {
    # sshd refuses a private key that others can read, so neither can be a link to the store.
    ${hostKey} = {
      source = "${keys}/host";
      mode = "0400";
    };
    "ssh/authorized_keys.d/root" = {
      source = "${keys}/login.pub";
      mode = "0444";
    };
  };

  services.getty.autologinUser = lib.mkIf debug "root";

  # Nothing outlives a boot, so there is no state of an older version.
  system.stateVersion = lib.mkDefault lib.trivial.release;
}
