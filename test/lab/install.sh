#!/bin/sh
# Installs Debian packages for tests only: no service of theirs is started now or enabled for the next boot.
# usage: install.sh PACKAGE...
set -eu
policy=/usr/sbin/policy-rc.d
services='ssh.service ssh.socket fail2ban.service nftables.service'

is_enabled() {
  [ -n "$(find /etc/systemd/system -name "$1" -type l 2>/dev/null)" ]
}

fresh=
for service in $services; do
  is_enabled "$service" || fresh="$fresh $service"
done

if [ ! -e $policy ]; then
  trap 'rm -f $policy' EXIT
  trap 'exit 1' HUP INT TERM
  printf '#!/bin/sh\nexit 101\n' >$policy # "not allowed to start or stop it"
  chmod 755 $policy
fi

export DEBIAN_FRONTEND=noninteractive
apt-get update -q
apt-get install -q -y --no-install-recommends "$@"

for service in $fresh; do
  ! is_enabled "$service" || systemctl disable -q "$service"
done
