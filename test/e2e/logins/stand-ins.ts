/** A sudo that says what sudo-rs 0.2.5 of Debian 13 says; the real one becomes root. */
export const SUDO_RS = `
mv /usr/bin/sudo /usr/bin/sudo.real
sed -i '1i Defaults timestamp_type=global' /etc/sudoers
cat >/usr/bin/sudo <<'END'
#!/bin/sh
while :; do
  case $1 in
    -S) shift ;;
    -p) prompt=$2; shift 2 ;;
    *) break ;;
  esac
done
for try in 1 2 3; do
  printf '[sudo: %s] Password: ' "$prompt" >&2
  IFS= read -r password || exit 1
  echo >&2
  ! printf '%s\\n' "$password" | sudo.real -S -p '' -v 2>/dev/null || exec sudo.real -n "$@"
  echo 'sudo: Authentication failed, try again.' >&2
done
echo 'sudo-rs: Maximum 3 incorrect authentication attempts' >&2
exit 1
END
chmod 755 /usr/bin/sudo
`

/** A doas that says what opendoas 6.8.2 says; sudo becomes root. It drops SSH_CONNECTION, as doas does. */
export const DOAS = `
echo 'admin ALL=(ALL:ALL) NOPASSWD: ALL' >>/etc/sudoers
echo 'permit nopass admin as root cmd sh' >/etc/doas.conf
cat >/usr/bin/doas <<'END'
#!/bin/sh
[ "$1" != -n ] || shift
if ! grep -q nopass /etc/doas.conf; then
  echo 'doas: Authentication required' >&2
  exit 1
fi
exec sudo -n "$@"
END
chmod 755 /usr/bin/doas
`
