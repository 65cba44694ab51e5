#!/bin/sh
# Stands in for iptables-restore and ip6tables-restore: fails in the way that the test asks for, once, and stops behind the
# first change of an attempt where that is the step.
program=${0##*/}
real=/usr/sbin/$program
[ "$*" != -V ] || exec "$real" -V
fault=none
if [ -e /fault/restore ] && mv /fault/restore "/fault/restore.$$" 2>/dev/null; then
  read -r fault <"/fault/restore.$$"
fi
case $fault in
fails)
  cat >/dev/null
  echo "$program: the kernel said no" >&2
  exit 1
  ;;
hangs) exec sleep 1000 ;;
dies)
  # With the first table committed, where there is more than one; else with half of the only one read
  cat >"/fault/input.$$"
  lines=$(wc -l <"/fault/input.$$")
  first=$(grep -n -m 1 '^COMMIT' "/fault/input.$$")
  [ "${first%%:*}" != "$lines" ] && until=${first%%:*} || until=$((lines / 2))
  head -n "$until" "/fault/input.$$" | "$real" "$@"
  kill -9 $$
  ;;
esac
read -r step </fault/step
case "$step ${MAILFW_ATTEMPT:+attempt} $*" in
"after restore attempt "*--noflush*)
  "$real" "$@"
  status=$?
  /etc/fault/stop
  exit $status
  ;;
esac
exec "$real" "$@"
