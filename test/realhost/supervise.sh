#!/bin/sh
# Supervises a lab as supervise.sh of the lab does, and removes the control groups of its hosts behind it.
# usage: supervise.sh DIRECTORY
set -u
trap '' HUP INT TERM PIPE

sh "$(dirname "$0")/../lab/supervise.sh" "$1"
name=$(basename "$1")
for hierarchy in /sys/fs/cgroup /sys/fs/cgroup/unified /sys/fs/cgroup/systemd; do
  [ ! -d "$hierarchy/$name" ] || find "$hierarchy/$name" -depth -type d -exec rmdir {} +
done
