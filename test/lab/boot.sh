#!/bin/sh
# Process 1 of a host: builds its root, joins the network, brings up the firewall as its boot would, starts sshd.
# usage: boot.sh DIRECTORY NAME IPV6 LOADER, IPV6 being 1 or 0; prints "ready PID", the id as the machine counts
set -eu
dir=$1 name=$2 ipv6=$3 loader=$4
PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin

read -r pid _ </proc/self/stat # /proc is still the machine's
read -r lab <"$dir/../../pid"
mount -n -a -T "$dir/fstab"
root=$dir/root

echo "$name" >"$root/proc/sys/kernel/hostname"
# The kernel's own stays the same over a "reboot"
cat /proc/sys/kernel/random/uuid >"$dir/boot_id"
mount -n --bind "$dir/boot_id" "$root/proc/sys/kernel/random/boot_id"
for interface in all default; do
  settings=$root/proc/sys/net/ipv6/conf/$interface
  echo 0 >"$settings/accept_dad"
  [ "$ipv6" = 1 ] || echo 1 >"$settings/disable_ipv6"
done
# "netns 1" in the batch is us: nsenter changes the network namespace only
nsenter --net="/proc/$lab/ns/net" ip -batch "$dir/link"
ip -batch "$dir/addresses"

first=no
[ -e "$dir/booted" ] || first=yes
: >"$dir/booted"
cd "$root"
pivot_root . mnt
cd /
umount -n -l /mnt

restore_if_present() {
  [ ! -f "$2" ] || "$1" <"$2" || echo "$1 refused $2" >&2
}

load_saved() {
  case $loader in
  debian)
    [ ! -e /etc/systemd/system/multi-user.target.wants/netfilter-persistent.service ] ||
      /usr/sbin/netfilter-persistent start >&2 || :
    ;;
  rhel)
    [ ! -e /etc/systemd/system/multi-user.target.wants/iptables.service ] ||
      restore_if_present iptables-restore /etc/sysconfig/iptables
    [ ! -e /etc/systemd/system/multi-user.target.wants/ip6tables.service ] ||
      restore_if_present ip6tables-restore /etc/sysconfig/ip6tables
    ;;
  alpine)
    [ ! -e /etc/runlevels/default/iptables ] || restore_if_present iptables-restore /etc/iptables/rules-save
    [ ! -e /etc/runlevels/default/ip6tables ] || restore_if_present ip6tables-restore /etc/iptables/rules6-save
    ;;
  arch)
    [ ! -e /etc/systemd/system/multi-user.target.wants/iptables.service ] ||
      restore_if_present iptables-restore /etc/iptables/iptables.rules
    [ ! -e /etc/systemd/system/multi-user.target.wants/ip6tables.service ] ||
      restore_if_present ip6tables-restore /etc/iptables/ip6tables.rules
    ;;
  esac
}

if [ $first = yes ]; then
  [ ! -f /lab/rules.v4 ] || iptables-restore </lab/rules.v4
  [ ! -f /lab/rules.v6 ] || ip6tables-restore </lab/rules.v6
  [ ! -f /lab/setup ] || HOME=/root sh /lab/setup >&2
  [ ! -d /lab ] || rm -r /lab
else
  load_saved
fi

mkdir -p /run/sshd /run/lock
/usr/sbin/sshd -E /var/log/sshd.log
until [ -s /run/sshd.pid ]; do sleep 0.01; done # written when it listens

echo "ready $pid"
exec </dev/null >/dev/null 2>&1
while :; do
  sleep infinity &
  wait # reaps orphans too
done
