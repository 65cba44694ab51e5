#!/bin/sh
# sshd's ForceCommand: every call to the host comes through here.
[ -e /fault/armed ] || exec sh -c "$SSH_ORIGINAL_COMMAND"
read -r step </fault/step
echo call >>/fault/calls
call=$(wc -l </fault/calls)
if [ -e /fault/clock ]; then
  while read -r setting; do export "${setting?}"; done </fault/environment
fi
case $step in
"before call $call") /etc/fault/stop ;;
"during call $call")
  # Enough for a shell to begin to read, and never all
  { head -c 2000; /etc/fault/stop; cat; } | sh -c "$SSH_ORIGINAL_COMMAND"
  exit
  ;;
esac
exec sh -c "$SSH_ORIGINAL_COMMAND"
