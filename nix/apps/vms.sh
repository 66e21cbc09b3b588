say() {
  printf '%s: %s\n' "${0##*/}" "$*" >&2
}

# Where each machine has a directory with the hypervisor's process, its sockets and its console.
state=${XDG_RUNTIME_DIR:-/tmp}/mcp-ssh-loadtest-$UID

# When a process began, in ticks since the boot: with it a process id is one process's for ever.
began() {
  local fields
  [ -r "/proc/$1/stat" ] || return 1
  fields=$(cat "/proc/$1/stat" 2>/dev/null) || return 1
  # Behind the name, which may have spaces in it.
  read -r -a fields <<<"${fields##*) }"
  [ "${fields[0]}" != Z ] || return 1
  echo "${fields[19]}"
}

# The process id of a machine that runs.
running() {
  local id start now
  [ -r "$state/$1/process" ] && read -r id start <"$state/$1/process" || return 1
  now=$(began "$id") && [ "$now" = "$start" ] || return 1
  echo "$id"
}
