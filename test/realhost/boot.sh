#!/bin/sh
# One boot of a host: process 1 of a fresh network namespace, with a cable to the bridge, then systemd-nspawn in our place.
# usage: boot.sh DIRECTORY NAME; prints "ready PID", the id of systemd-nspawn as the machine counts. It ends with 133 when
# the host wants to be started again.
set -eu
dir=$1 name=$2

read -r pid _ </proc/self/stat # /proc is still the machine's
read -r lab <"$dir/../../pid"
lab_name=$(basename "$(dirname "$(dirname "$dir")")")

# systemd needs a control group to itself, in whichever of the hierarchies there are
for hierarchy in /sys/fs/cgroup /sys/fs/cgroup/unified /sys/fs/cgroup/systemd; do
  [ -e "$hierarchy/cgroup.procs" ] || continue
  mkdir -p "$hierarchy/$lab_name/$name"
  echo 0 >"$hierarchy/$lab_name/$name/cgroup.procs" # 0 is us
done

for interface in all default; do
  echo 0 >"/proc/sys/net/ipv6/conf/$interface/accept_dad"
done
# "netns 1" in the batch is us: nsenter changes the network namespace only
nsenter --net="/proc/$lab/ns/net" ip -batch "$dir/link"
ip -batch "$dir/addresses"

mount -n -a -T "$dir/fstab"

echo "ready $pid"
# What systemd-nspawn leaves there, and beside the root directory, is gone with us
mount -n -t tmpfs -o mode=0755 nspawn /run
mkdir /run/root
mount -n --move /mnt /run/root
mount -n -t proc proc /proc
# The last one that is found: PATH may be below /tmp
nspawn=$(readlink -f "$(command -v systemd-nspawn)")
mount -n -t tmpfs -o mode=1777 nspawn /tmp
exec "$nspawn" --quiet --register=no --keep-unit --capability=CAP_NET_ADMIN --machine="$name" --directory=/run/root \
  --resolv-conf=off --timezone=off --link-journal=no --console=pipe --boot </dev/null >/dev/null
