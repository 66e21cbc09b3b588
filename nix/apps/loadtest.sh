usage() {
  echo "usage: ssh-loadtest <scenario> [duration, such as 90 or 1m30s] [workers];" \
    "nix run .#ssh-loadtest-list shows the scenarios" >&2
  exit 2
}

if [ $# -lt 1 ] || [ $# -gt 3 ] || [[ $1 == -* ]]; then usage; fi
flags=()
if [ $# -ge 2 ]; then
  [[ $2 =~ ^[0-9.][0-9.hms]*$ ]] || usage
  flags+=(--duration "$2")
fi
if [ $# -eq 3 ]; then
  [[ $3 =~ ^[0-9]+$ ]] || usage
  flags+=(--workers "$3")
fi
exec loadtest run "$1" "${flags[@]}"
