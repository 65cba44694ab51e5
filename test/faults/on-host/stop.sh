#!/bin/sh
# Stops whoever calls it at the step that is under test, the first time only, until the test lets it go on.
[ -e /fault/armed ] && mkdir /fault/reached 2>/dev/null || exit 0
echo "$PPID" >/fault/reached/pid.new
mv /fault/reached/pid.new /fault/reached/pid
read -r _ </fault/go
