#!/bin/sh
# Process 1 of a lab and the controller's own namespaces: a bridge that all hosts hang on, and private copies of
# the files by which programs here find their home and the hosts' names.
# usage: controller.sh DIRECTORY; writes its process id, as the machine counts, to DIRECTORY/pid
set -eu
dir=$1

echo controller >/proc/sys/kernel/hostname
for interface in all default; do
  echo 0 >"/proc/sys/net/ipv6/conf/$interface/accept_dad"
done
ip -batch "$dir/network"

mount -n -t tmpfs -o mode=0755 mailfw-lab "$dir/hosts"
mkdir "$dir/hosts/mask"
while read -r path; do
  mkdir -p "$dir/hosts/mask$(dirname "$path")"
  mknod "$dir/hosts/mask$path" c 0 0 # what overlayfs takes for "removed"
done <"$dir/mask"
[ -z "${MAILFW_TEST_HIDDEN-}" ] || tar -x -C "$dir/hosts/mask" -f "$MAILFW_TEST_HIDDEN"
for file in passwd hosts resolv.conf; do
  [ ! -e "/etc/$file" ] || mount -n --bind "$dir/etc/$file" "/etc/$file"
done

read -r pid _ </proc/self/stat
echo "$pid" >"$dir/pid"
echo "ready $pid"
exec >/dev/null 2>&1
while :; do
  sleep infinity &
  wait # reaps orphans too
done
