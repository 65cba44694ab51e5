#!/bin/sh
# sshd's AuthorizedKeysCommand: tells of no key; the first step of a login that a test can stop at.
[ -e /fault/armed ] || exit 0
read -r step </fault/step
echo login >>/fault/logins
[ "$step" != "login $(wc -l </fault/logins)" ] || /etc/fault/stop
