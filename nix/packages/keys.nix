# The keys by which the test network's machines know each other: a login, a host key, and the line
# by which ssh believes the latter.
#
# They are in the Nix store, so every user of this computer can read them. That is good enough for
# machines that hold nothing, live for a test and are reached from this computer only. Never accept
# these keys anywhere else.
{
  lib,
  runCommandLocal,
  openssh,
  constants,
}:
let
  inherit (constants) hosts sshPorts disturbedLinks;

  # ssh looks a host up with its port, unless it is the usual one.
  name = address: port: if port == 22 then address else "[${address}]:${toString port}";
  names =
    lib.mapAttrsToList (host: port: name hosts.${host}.address port) sshPorts
    ++ map (link: name hosts.target.address link.port) disturbedLinks;
in
runCommandLocal "ssh-loadtest-keys" { nativeBuildInputs = [ openssh ]; } ''
  mkdir $out
  for key in login host; do
    ssh-keygen -q -t ed25519 -N "" -C "throw-away $key key of mcp-ssh-loadtest" -f $out/$key
  done
  echo "${lib.concatStringsSep "," names} $(cut -d ' ' -f 1,2 $out/host.pub)" >$out/known_hosts
''
