# The host that commands run on: one sshd, and links of several kinds that lead to it.
{
  constants,
  keys,
  debug,
  interface,
  ...
}:
{ lib, pkgs, ... }:
let
  inherit (constants) login sshPorts disturbedLinks;
  sshd = toString sshPorts.target;
  forEachLink = lib.flip lib.concatMapStrings disturbedLinks;
  device = "sys-subsystem-net-devices-${interface}.device";
in
{
  services.openssh.settings = {
    # A load logs in from one address, often, and many at once.
    MaxStartups = 1000;
    MaxSessions = 1000;
    PerSourcePenalties = "no";
  };
  # A login is to cost what sshd makes of it; a session of systemd's costs more than that.
  security.pam.services.sshd.startSession = lib.mkForce false;

  users.users.${login.user} = {
    isNormalUser = true;
    password = lib.mkIf debug login.password;
  };
  environment.etc."ssh/authorized_keys.d/${login.user}" = {
    source = "${keys}/login.pub";
    mode = "0444";
  };
  programs.bash.promptInit = "PS1=${lib.escapeShellArg login.prompt}";

  # A connection keeps the mark of the port that it came to, for what is sent on it.
  networking.nftables = {
    enable = true;
    tables.links = {
      family = "inet";
      content = ''
        chain prerouting {
          type nat hook prerouting priority dstnat; policy accept;
          ${forEachLink (link: ''
            tcp dport ${toString link.port} ct mark set ${toString link.mark} redirect to :${sshd}
          '')}
        }
        chain postrouting {
          type filter hook postrouting priority mangle; policy accept;
          meta mark set ct mark
        }
      '';
    };
  };

  # An sshd that greets is one whose links are as they should be.
  systemd.services.link-conditions = {
    description = "Delay, jitter and loss of the links to sshd";
    requiredBy = [ "sshd.service" ];
    before = [ "sshd.service" ];
    requires = [
      device
      "nftables.service"
    ];
    after = [
      device
      "nftables.service"
    ];
    path = [ pkgs.iproute2 ];
    serviceConfig = {
      Type = "oneshot";
      RemainAfterExit = true;
    };
    # Delays are of a round trip and all on the way out. Whatever its priority, a packet without a
    # mark goes to the first band, which nothing disturbs. Handles are hexadecimal.
    script = ''
      tc qdisc add dev ${interface} root handle 1: prio \
        bands ${toString (lib.length disturbedLinks + 1)} priomap${lib.strings.replicate 16 " 0"}
      ${forEachLink (
        link:
        let
          band = "1:${lib.toHexString (link.mark + 1)}";
          delay = "delay ${toString link.delay_ms}ms ${toString link.jitter_ms}ms";
          loss = lib.optionalString (link.loss_percent != 0) "loss ${toString link.loss_percent}%";
        in
        ''
          tc qdisc add dev ${interface} parent ${band} netem ${delay} ${loss} limit 10000
          tc filter add dev ${interface} parent 1: protocol ip \
            handle ${toString link.mark} fw flowid ${band}
        ''
      )}
    '';
  };
}
