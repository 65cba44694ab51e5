#!/bin/sh
# Stands for the plugins of Debian's iptables-persistent: the same commands, in the same order, the same settings
# in /etc/default/netfilter-persistent, and the same exit status 0 where a file is missing or fails its test.
set -e
case $0 in
*ip4tables) prefix=IPTABLES program=iptables file=/etc/iptables/rules.v4 ;;
*) prefix=IP6TABLES program=ip6tables file=/etc/iptables/rules.v6 ;;
esac
# shellcheck source=/dev/null
[ ! -f /etc/default/netfilter-persistent ] || . /etc/default/netfilter-persistent

setting() {
  eval "[ \"\${${prefix}_$1:-}\" = yes ]"
}

start() {
  noflush=
  ! setting RESTORE_NOFLUSH || noflush=--noflush
  if [ ! -f "$file" ]; then
    echo "Warning: skipping $program, no rules to load"
    return
  fi
  if setting TEST_RULESET && ! "$program-restore" --test $noflush <"$file"; then
    echo "Error: $file failed its test, not loaded"
    return
  fi
  "$program-restore" $noflush <"$file"
}

save() {
  ! setting SKIP_SAVE || return 0
  touch "$file"
  chmod 0640 "$file"
  "$program-save" >"$file"
}

case ${1:-} in
start | restart | reload | force-reload) start ;;
save) save ;;
esac
