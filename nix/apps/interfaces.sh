say() {
  printf '%s: %s\n' "${0##*/}" "$*" >&2
}

exists() {
  [ -e "/sys/class/net/$1" ]
}

is_ours() {
  [ "$(cat "/sys/class/net/$1/ifalias")" = "$ours" ]
}

need_root() {
  if [ "$EUID" -ne 0 ]; then
    say "only root may change network interfaces: run sudo nix run .#${0##*/}"
    exit 3
  fi
}
