# shellcheck shell=sh
# Kills the shell that runs a call: of all that the stopped program hangs on the one that sudo started, or sshd.
read -r pid </fault/reached/pid
shell=$pid
while [ "$pid" -gt 1 ]; do
  case $(tr '\0' ' ' <"/proc/$pid/cmdline") in
  sshd* | sudo*) break ;;
  'sh -c /etc/fault/call '*) ;;
  *) shell=$pid ;;
  esac
  pid=$(sed -n 's/^PPid:[[:space:]]*//p' "/proc/$pid/status")
done
kill -9 "$shell"
