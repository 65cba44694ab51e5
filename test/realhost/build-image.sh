#!/bin/sh
# Builds the root directory of a Debian host from the packages of the mirror, and by the proxy, that this machine's own apt uses.
# It has mounts and processes of its own, so that nothing of them is left whatever ends it.
# usage: build-image.sh RELEASE PACKAGE,PACKAGE,... DIRECTORY
set -eu
release=$1 packages=$2 directory=$3

# The archive that has the release's main component; where apt knows none, debootstrap has a default.
mirror() {
  # shellcheck disable=SC2016 # apt's own variables
  apt-get indextargets --format '$(ORIGIN)|$(LABEL)|$(COMPONENT)|$(CODENAME)|$(REPO_URI)' 'Created-By: Packages' |
    awk -F '|' -v release="$release" '
      $1 "|" $2 "|" $3 != "Debian|Debian|main" { next }
      $4 == release { exact = $5 }
      { any = $5 }
      END { print exact != "" ? exact : any }'
}

uri=$(mirror)
if [ -z "$uri" ]; then
  apt-get update -q || :
  uri=$(mirror)
fi
eval "$(apt-config shell http_proxy Acquire::http::Proxy https_proxy Acquire::https::Proxy)"
[ "${http_proxy:-DIRECT}" = DIRECT ] || export http_proxy
[ "${https_proxy:-DIRECT}" = DIRECT ] || export https_proxy

export DEBIAN_FRONTEND=noninteractive
debootstrap --variant=minbase --include="$packages" "$release" "$directory" ${uri:+"$uri"}
# A host installs its boot loader again from these
find "$directory"/var/cache/apt/archives -name '*.deb' ! -name '*-persistent_*' -delete
rm -rf "$directory"/var/lib/apt/lists/*
# Hosts bring keys of their own, and have saved nothing yet: what was saved here were the rules of this machine
rm -f "$directory"/etc/ssh/ssh_host_*_key* "$directory"/etc/iptables/rules.* "$directory"/etc/iptables/ipsets
