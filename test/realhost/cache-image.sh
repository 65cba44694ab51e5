#!/bin/sh
# Puts an image into the cache: a rename is the last step, so that one which was not finished is never taken for one.
# usage: cache-image.sh RELEASE PACKAGE,PACKAGE,... IMAGE
set -eu
release=$1 packages=$2 image=$3

mkdir -p "$(dirname "$image")"
exec 9>"$image.lock"
flock 9
[ ! -d "$image" ] || exit 0
rm -rf "$image.unfinished"
setpriv --pdeathsig KILL unshare --mount --pid --fork --kill-child --mount-proc \
  sh "$(dirname "$0")/build-image.sh" "$release" "$packages" "$image.unfinished"
sync -f "$image.unfinished"
mv "$image.unfinished" "$image"
