#!/bin/sh
# Stands for Debian's program of this name: runs the plugins, which hold the commands.
set -e
case ${1:-} in
start | save | flush) run-parts -a "$1" /usr/share/netfilter-persistent/plugins.d ;;
restart | reload) run-parts -a start /usr/share/netfilter-persistent/plugins.d ;;
stop) echo "nothing is flushed on stop" ;;
*) echo "usage: $0 start|stop|restart|reload|flush|save" >&2 ;;
esac
