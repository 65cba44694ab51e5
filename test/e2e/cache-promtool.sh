#!/bin/sh
# Takes promtool out of Debian's package prometheus, which is not installed: that would start a server.
# A rename is the last step, so that one which was not finished is never taken for one.
# usage: cache-promtool.sh FILE
set -eu
file=$1

mkdir -p "$(dirname "$file")"
exec 9>"$file.lock"
flock 9
[ ! -x "$file" ] || exit 0
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
trap 'exit 1' HUP INT TERM
cd "$work"
download() {
  apt-get -q -o APT::Sandbox::User=root download prometheus
}
download || { apt-get -q update && download; }
dpkg -x prometheus_*.deb .
cp usr/bin/promtool "$file.unfinished"
mv "$file.unfinished" "$file"
