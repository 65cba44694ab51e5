#!/bin/sh
# What an orderly shutdown does to the saved files of a host whose services save when they stop (OpenRC, RHEL).
set -eu

save() {
  service=$1 file=$2
  "$service-save" >"$file"
}

for service in iptables ip6tables; do
  if [ -e "/etc/runlevels/default/$service" ] && grep -qi '^SAVE_ON_STOP="\{0,1\}yes' "/etc/conf.d/$service"; then
    case $service in
    iptables) save "$service" /etc/iptables/rules-save ;;
    ip6tables) save "$service" /etc/iptables/rules6-save ;;
    esac
  fi
  if [ -e "/etc/systemd/system/multi-user.target.wants/$service.service" ] &&
    grep -qs '^IP6\{0,1\}TABLES_SAVE_ON_STOP="\{0,1\}yes' "/etc/sysconfig/$service-config"; then
    save "$service" "/etc/sysconfig/$service"
  fi
done
