#!/bin/sh
# Stands in for a program of the host: stops before it, after it or half-way through it, where the call is the one that the
# step names; else it is that program.
program=${0##*/}
for real in "/usr/bin/$program" "/usr/sbin/$program"; do
  [ ! -x "$real" ] || break
done
read -r step </fault/step
read -r pattern </fault/pattern
# shellcheck disable=SC2254 # a pattern
case "$*" in
$pattern) ;;
*) exec "$real" "$@" ;;
esac
case $step in
"before $program") /etc/fault/stop ;;
"after $program")
  "$real" "$@"
  status=$?
  /etc/fault/stop
  exit $status
  ;;
"half $program")
  # mv -f FIRST SECOND DIRECTORY; one file has no half
  [ $# = 4 ] || set -- "$1" "$2" '' "$3"
  "$real" "$1" "$2" "$4"
  status=$?
  /etc/fault/stop
  [ -n "$3" ] || exit $status
  exec "$real" "$1" "$3" "$4"
  ;;
esac
exec "$real" "$@"
