#!/bin/sh
# Starts a lab and outlives whoever asked for it: when the pipe on stdin closes, because the lab was closed or
# because that process died in any way, everything of the lab is ended and its directory is removed.
# usage: supervise.sh DIRECTORY; prints "ready PID" or "failed"
set -u
trap '' HUP INT TERM PIPE
dir=$1
here=$(dirname "$0")

{
  # pdeathsig and kill-child: nobody is left behind even if this supervisor is killed
  setpriv --pdeathsig KILL unshare --mount --net --pid --uts --ipc --fork --kill-child \
    sh "$here/controller.sh" "$dir" </dev/null || echo failed
} &

cat >/dev/null

if read -r pid 2>/dev/null <"$dir/pid" && [ -e "/proc/$pid/ns/net" ]; then
  exec 3<"/proc/$pid/ns/net" # held open, so that the kernel gives its number to no other namespace meanwhile
  net=$(readlink "/proc/$pid/ns/net")
  kill -9 "$pid"
  wait
  # Programs of the controller are in the network namespace only: end them and what they started
  while :; do
    # find fails whenever a process ends while it looks
    stragglers=$(find /proc/[0-9]*/ns/net -maxdepth 0 -lname "net:\\[${net#net:?}" 2>/dev/null) || :
    [ -n "$stragglers" ] || break
    for straggler in $stragglers; do
      straggler=${straggler#/proc/}
      kill -9 "${straggler%%/*}" 2>/dev/null
    done
    sleep 0.05
  done
fi
rm -rf "$dir"
