# shellcheck shell=sh
# The one program of mailfw that runs on a host. It comes with every remote call, and the guard runs the copy that
# the attempt keeps. POSIX sh, run as root; needs iptables, awk, sort, sha256sum, timeout, mv, cp, rm, mkdir, sleep.
#
#   examine   what is live, saved and wanted here; changes nothing
#   apply     lock, snapshot, arm the guard, change both families, read back
#   confirm   persist what was applied; after this the guard goes
#   revert    put the old rules back now
#   recover   finish or undo what an earlier attempt left
#   status    how an attempt stands
#   guard     (started by apply) revert at the deadline whatever nobody confirmed
#   scratch   (started by examine, in a network namespace of its own) wanted as this iptables writes it
#
# The caller defines a function input_NAME for each text that it sends; input_request gives KEY=VALUE lines. An answer
# is lines that start with the nonce of the call, and ends with `NONCE end`. `NONCE text NAME` starts a text, which
# runs to the newline before the next line that starts with the nonce.

set -u
umask 077
: "${program:=}"
PATH=/usr/local/sbin:/usr/sbin:/sbin:/usr/local/bin:/usr/bin:/bin
LC_ALL=C
export PATH LC_ALL
unset IFS ENV CDPATH
newline='
'
tab=$(printf '\t')

format=1
run=/run/mailfw
attempt=$run/attempt
kept=/var/lib/mailfw
generations=$kept/generations
intent=$kept/intent
keep_generations=10
restore_seconds=20

main() {
  verb=$1
  shift
  case $verb in
    guard) guard ;;
    scratch) scratch "$@" ;;
    *)
      read_request
      require_root
      require_programs
      case $verb in
        examine) examine ;;
        apply) apply ;;
        confirm) confirm ;;
        revert) revert ;;
        recover) recover ;;
        status) status ;;
      esac
      say end
      ;;
  esac
}

# --- the conversation ---------------------------------------------------------------------------------------------

# Values are lines of their own and hold no newline; an unknown key is a newer controller's and is passed over.
read_request() {
  nonce='' id='' seconds=60 families='' foreign='' tables='' examined='' expected='' lock_option='' places=''
  set -f
  IFS=$newline
  for line in $(input_request); do
    value=${line#*=}
    case ${line%%=*} in
      nonce) nonce=$value ;;
      id) id=$value ;;
      seconds) seconds=$value ;;
      families) families=$value ;;
      foreign) foreign=$value ;;
      tables) tables=$value ;;
      examined) examined=$value ;;
      expected) expected=$value ;;
      lock-option) lock_option=$value ;;
      place) places=$places$value$newline ;;
    esac
  done
  unset IFS
  set +f
}

say() {
  printf '%s %s\n' "$nonce" "$*"
}

text() { # NAME CONTENT
  printf '%s text %s\n%s\n' "$nonce" "$1" "$2"
}

# The end of a call that could not do what it was asked for; what the host's state is stands in the code's meaning.
fail() { # CODE [DETAIL]
  say fail "$1"
  [ $# -lt 2 ] || text detail "$2"
  say end
  exit 0
}

require_root() {
  [ "$(id -u)" = 0 ] || fail not-root
}

require_programs() {
  missing=''
  for program_name in iptables iptables-save iptables-restore; do
    command -v "$program_name" >/dev/null || fail no-iptables "$program_name"
  done
  for program_name in awk sort sha256sum timeout mv cp rm cat mkdir sleep sed; do
    command -v "$program_name" >/dev/null || missing="$missing $program_name"
  done
  [ -z "$missing" ] || fail host-requirements "${missing# }"
}

# --- facts of the host --------------------------------------------------------------------------------------------

command_of() { # FAMILY
  case $1 in
    v4) echo iptables ;;
    v6) echo ip6tables ;;
  esac
}

first_line() { # FILE: its first line into $line, empty where it cannot be read
  line=''
  [ ! -r "$1" ] || IFS= read -r line 2>/dev/null <"$1" || :
}

uptime_seconds() { # into $now: seconds since boot, suspension included; no clock that anybody sets
  read -r now _ </proc/uptime
  now=${now%%.*}
}

boot_id() {
  first_line /proc/sys/kernel/random/boot_id
  boot=$line
}

distribution() { # into $os and $os_like
  os='' os_like=''
  [ ! -r /etc/os-release ] || while IFS='=' read -r key value; do
    value=${value#[\"\']}
    value=${value%[\"\']}
    case $key in
      ID) os=$value ;;
      ID_LIKE) os_like=$value ;;
    esac
  done </etc/os-release
}

# Where this distribution keeps its saved rules, from the request's table `IDS|V4|V6|LOADER`; the first line is for all others.
saved_place() { # into $saved_v4, $saved_v6, $loader
  distribution
  place=${places%%"$newline"*}
  set -f
  for word in $os $os_like; do
    IFS=$newline
    for row in $places; do
      case " ${row%%|*} " in *" $word "*)
        place=$row
        break
        ;;
      esac
    done
    unset IFS
    case " ${place%%|*} " in *" $word "*) break ;; esac
  done
  set +f
  rest=${place#*|}
  saved_v4=${rest%%|*}
  rest=${rest#*|}
  saved_v6=${rest%%|*}
  loader=${rest#*|}
}

saved_path() { # FAMILY
  case $1 in
    v4) echo "$saved_v4" ;;
    v6) echo "$saved_v6" ;;
  esac
}

has_ipv6() {
  first_line /proc/net/if_inet6
  [ -n "$line" ] && command -v ip6tables-save >/dev/null
}

has_systemd() {
  [ -d /run/systemd/system ] && command -v systemd-run >/dev/null
}

loader_enabled() {
  for unit in /etc/systemd/system/*.wants/"$loader".service /etc/rc[S2345].d/S[0-9][0-9]"$loader" /etc/runlevels/*/"$loader"; do
    if [ -e "$unit" ] || [ -L "$unit" ]; then return 0; fi
  done
  return 1
}

setting() { # KEY FILE...: the last value that the shell-like files give it, into $value
  wanted_key=$1
  value=''
  shift
  for file in "$@"; do
    [ ! -r "$file" ] || while IFS='=' read -r key found; do
      [ "$key" != "$wanted_key" ] || value=$found
    done <"$file"
  done
  value=${value#[\"\']}
  value=${value%%[\"\' #]*}
}

# --- examine ------------------------------------------------------------------------------------------------------

examine() {
  saved_place
  first_line /proc/sys/kernel/hostname
  say hostname "$line"
  boot_id
  say boot "$boot"
  say os "$os" "$os_like"
  say ssh "${SSH_CONNECTION:-}"
  first_line /proc/sys/net/netfilter/nf_conntrack_tcp_loose
  say tcp-loose "$line"
  ! has_systemd || say systemd
  ! loader_enabled || say loader
  examine_loader_settings
  examine_attempt
  newest_generation
  say generation "$generation"
  present=''
  for family in $families; do
    if [ "$family" = v6 ] && ! has_ipv6; then
      say off v6
    else
      present="$present $family"
      examine_family "$family"
    fi
  done
  examine_canonical
  for family in $present; do
    examine_spelling "$family"
  done
  examine_other_firewalls
}

examine_loader_settings() {
  setting IPTABLES_RESTORE_NOFLUSH /etc/default/netfilter-persistent
  [ "$value" != yes ] || say restore-noflush
  setting IP6TABLES_RESTORE_NOFLUSH /etc/default/netfilter-persistent
  [ "$value" != yes ] || say restore-noflush
  if [ "$loader" != netfilter-persistent ]; then
    for file in /etc/conf.d/iptables /etc/conf.d/ip6tables /etc/sysconfig/iptables-config /etc/sysconfig/ip6tables-config; do
      for key_name in SAVE_ON_STOP IPTABLES_SAVE_ON_STOP IP6TABLES_SAVE_ON_STOP; do
        setting $key_name "$file"
        [ "$value" != yes ] || say saves-on-stop "$file" $key_name
      done
    done
  fi
}

examine_attempt() {
  [ ! -e "$kept/format" ] || known_format "$kept"
  [ ! -d "$attempt" ] || known_format "$attempt"
  if [ -d "$attempt" ]; then
    say attempt "$(describe_attempt)"
  elif [ -d "$intent" ]; then
    say intent
  fi
}

known_format() { # DIRECTORY
  first_line "$1/format"
  case $line in
    '' | "$format") ;;
    *) fail newer-format "$1" ;;
  esac
}

# ID STATE SECONDS-LEFT alive|dead this-boot|other-boot
describe_attempt() {
  read_attempt
  boot_id
  describe_guard=dead describe_boot='other-boot'
  ! guard_alive || describe_guard=alive
  [ "$attempt_boot" != "$boot" ] || describe_boot='this-boot'
  echo "${attempt_id:--} ${state:-prepared} $((deadline - now)) $describe_guard $describe_boot"
}

newest_generation() { # into $generation; empty where there is none
  generation=''
  for directory in "$generations"/[0-9]*; do
    number=${directory##*/}
    if [ -d "$directory" ] && { [ -z "$generation" ] || [ "$number" -gt "$generation" ]; }; then
      generation=$number
    fi
  done
}

examine_family() { # FAMILY
  command=$(command_of "$1")
  live=$("$command-save" 2>/dev/null) || fail no-iptables "$command-save: $("$command-save" 2>&1 >/dev/null)"
  iptables_version "$command"
  say version "$1" "$version"
  text "live-$1" "$live"
  wanted=$("input_wanted_$1" && echo .)
  case $1 in
    v4) live_v4=$live version_v4=$version wanted_v4=$wanted ;;
    v6) live_v6=$live version_v6=$version wanted_v6=$wanted ;;
  esac
  path=$(saved_path "$1")
  if [ ! -e "$path" ]; then
    say saved "$1" absent "$path"
  elif saved=$(cat "$path" && echo .) && [ "$saved" = "$wanted" ]; then
    say saved "$1" same "$path"
  else
    say saved "$1" other "$path"
    text "saved-$1" "${saved%.}"
  fi
}

# Newer versions say it all in the head of what save prints; others are asked.
iptables_version() { # COMMAND, into $version
  version=${live#"# Generated by $1-save "}
  version=${version%%" on "*}
  case $version in
    v*"(nf_tables)") version="$1 $version" ;;
    *) version=$("$1" -V 2>/dev/null) || version='' ;;
  esac
}

# Wanted as this host's iptables writes it: kept with the generation while wanted, iptables and kernel are the same, else from
# a scratch network namespace, which is also the kernel's own verdict on it.
examine_canonical() { # also into $canonical, as it is said
  canonical=''
  facts=$(canonical_facts)
  text facts "$facts"
  directory=$generations/$generation
  if [ -n "$generation" ] && [ -r "$directory/facts" ] && [ "$(cat "$directory/facts")" = "$facts" ] && kept_wanted_is_wanted; then
    for family in $present; do
      canonical=$canonical$(text "canonical-$family" "$(cat "$directory/canonical.$family")")$newline
    done
    printf '%s' "$canonical"
    return
  fi
  for family in $present; do
    [ ! -r "$directory/canonical.$family" ] || text "former-$family" "$(cat "$directory/canonical.$family")"
  done
  # shellcheck disable=SC2086 # a list of families
  for options in -n -rn; do
    answer=$(unshare $options sh -c "$program" mailfw scratch "$nonce" $present 3<<V4 4<<V6 2>/dev/null
${wanted_v4:-.}
V4
${wanted_v6:-.}
V6
    ) || :
    case $answer in *"$nonce scratched")
      canonical=${answer%"$nonce scratched"}
      printf '%s' "$canonical"
      return
      ;;
    esac
  done
  say no-scratch
}

canonical_facts() {
  first_line /proc/sys/kernel/osrelease
  printf '%s\n' "format $format" "kernel $line" "v4 ${version_v4:-off}" "v6 ${version_v6:-off}"
}

kept_wanted_is_wanted() {
  for family in $present; do
    [ -r "$directory/canonical.$family" ] || return 1
    kept_wanted=$(cat "$directory/rules.$family" 2>/dev/null && echo .) || return 1
    case $family in
      v4) [ "$kept_wanted" = "$wanted_v4" ] || return 1 ;;
      v6) [ "$kept_wanted" = "$wanted_v6" ] || return 1 ;;
    esac
  done
}

# In the scratch namespace. A text comes by a pipe from cat, for a confined iptables may not read a file of ours.
scratch() { # NONCE FAMILY...; wanted on descriptors 3 and 4, each with a line `.` behind it
  nonce=$1
  shift
  for family in "$@"; do
    command=$(command_of "$family")
    case $family in
      v4) wanted=$(cat <&3) ;;
      v6) wanted=$(cat <&4) ;;
    esac
    wanted=${wanted%.}
    create_sets "$family"
    if errors=$(printf '%s' "$wanted" | "$command-restore" 2>&1); then
      text "canonical-$family" "$("$command-save" 2>/dev/null)"
    else
      text "refused-$family" "$errors"
    fi
  done
  say scratched
}

# Sets that wanted names are made empty, for a rule cannot be loaded without its set.
create_sets() { # FAMILY
  case $wanted in
    *-set*) ;;
    *) return 0 ;;
  esac
  [ "$1" = v4 ] && set_family=inet || set_family=inet6
  printf '%s' "$wanted" | awk '{ for (i = 1; i < NF; i++) if ($i == "--match-set" || $i == "--add-set" || $i == "--del-set") print $(i + 1) }' | sort -u |
    while read -r set_name; do
      ipset create -exist "$set_name" hash:ip family "$set_family" 2>/dev/null
    done
}

# What save prints is not always what -D accepts. For the rules where that is known to happen, and that are not wanted
# anyway, the kernel is asked by -C which spelling it takes.
examine_spelling() { # FAMILY
  case $1 in
    v4) live=$live_v4 version=$version_v4 ;;
    v6) live=$live_v6 version=$version_v6 ;;
  esac
  case "$1 $version" in
    "v6 "*legacy*) all_protocols=1 ;;
    *) all_protocols=0 ;;
  esac
  case "$all_protocols $live" in
    1* | *'-m recent'* | *'-m connlimit'*) ;;
    *) return 0 ;;
  esac
  doubtful=$(printf '%s%s\n%s\n' "$canonical" "$nonce live" "$live" | doubtful_rules "$1" $all_protocols)
  [ -n "$doubtful" ] || return 0
  command=$(command_of "$1")
  say text "spelling-$1"
  printf '%s\n' "$doubtful" | while IFS=$tab read -r table rule; do
    matches=0 spelling=''
    for candidate in "$rule" "$(other_spelling mask "$rule")" "$(other_spelling protocol "$rule")"; do
      if [ -n "$candidate" ] && stands "$command" "$table" "$candidate"; then
        matches=$((matches + 1))
        spelling=$candidate
      fi
    done
    # Two kinds of rules that print alike: neither can be named.
    [ $matches = 1 ] || spelling=''
    printf '%s\t%s\t%s\n' "$table" "$rule" "$spelling"
  done
}

# Canonical and live on stdin; TABLE <tab> RULE, each once.
doubtful_rules() { # FAMILY ALL-PROTOCOLS
  awk -v nonce="$nonce" -v family="$1" -v all="$2" '
    $1 == nonce { wanted = $3 == "canonical-" family; live = $2 == "live"; next }
    /^\*/ { table = substr($0, 2) }
    !/^-A / { next }
    wanted { ours[table $0] = 1 }
    live && (/-m recent / || /-m connlimit / || (all && !/ -p /)) && !ours[table $0]++ { printf "%s\t%s\n", table, $0 }
  '
}

other_spelling() { # mask|protocol RULE
  case $1 in
    mask) printf '%s\n' "$2" | sed -n 's/ --mask [0-9a-f.:]*//; t again; b connlimit
      : again
      s/ --connlimit-mask [0-9]*//; p; b
      : connlimit
      s/ --connlimit-mask [0-9]*//p' ;;
    protocol) case $2 in
      *' -p '*) ;;
      *) printf '%s\n' "$2" | sed 's/^-A \([^ ]*\)/-A \1 -p all/' ;;
    esac ;;
  esac
}

stands() { # COMMAND TABLE RULE: whether -C finds it
  printf '*%s\n-C %s\nCOMMIT\n' "$2" "${3#-A }" | timeout $restore_seconds "$1-restore" --noflush >/dev/null 2>&1
}

examine_other_firewalls() {
  setting ENABLED /etc/ufw/ufw.conf
  [ "$value" != yes ] || say firewall ufw
  ! firewalld_active || say firewall firewalld
  if command -v nft >/dev/null; then
    native=$(nft list tables 2>/dev/null) || native=''
    [ -z "$native" ] || text native-tables "$native"
  fi
  for family in $present; do
    case $family in
      v4) names=/proc/net/ip_tables_names version=$version_v4 ;;
      v6) names=/proc/net/ip6_tables_names version=$version_v6 ;;
    esac
    command=$(command_of "$family")
    first_line "$names"
    case $version in
      *nf_tables*) [ -z "$line" ] || examine_other_backend "$command-legacy-save" ;;
      *legacy*) examine_other_backend "$command-nft-save" ;;
    esac
  done
}

examine_other_backend() { # COMMAND
  command -v "$1" >/dev/null || return 0
  other=$("$1" 2>/dev/null) || other=''
  [ -z "$other" ] || text "other-$family" "$other"
}

firewalld_active() {
  command -v firewall-cmd >/dev/null || return 1
  if has_systemd; then
    systemctl --quiet is-active firewalld
  else
    [ "$(firewall-cmd --state 2>/dev/null)" = running ]
  fi
}

# --- comparing ----------------------------------------------------------------------------------------------------

# Live as the controller computes it too: only the touched tables, without foreign lines, counters and comments, a line a fact,
# so that an absent table equals an empty one with ACCEPT policies and the order of chains does not matter.
normal_form() { # the texts of all families on stdin, each behind a line `#FAMILY`
  TABLES=$tables FOREIGN=$foreign awk '
    BEGIN { split(ENVIRON["TABLES"], list, " "); for (i in list) touched[list[i]] = 1; foreign = ENVIRON["FOREIGN"] }
    /^#v[46]$/ { family = substr($0, 2); next }
    /^\*/ { table = substr($0, 2); inside = (family ":" table) in touched; next }
    !inside { next }
    { sub(/^\[[0-9]+:[0-9]+\] /, ""); sub(/ \[[0-9]+:[0-9]+\]$/, ""); sub(/[ \t]+$/, "") }
    /^:/ {
      if ($0 ~ foreign) next
      chain = substr($1, 2)
      if ($2 != "ACCEPT") print family, table, chain, ":" $2
      next
    }
    /^-A / {
      if ($0 ~ foreign) next
      chain = $2
      printf "%s %s %s %06d %s\n", family, table, chain, ++count[family, table, chain], substr($0, length(chain) + 5)
    }
  ' | sort
}

hash() {
  sha256sum | {
    read -r sum _
    echo "$sum"
  }
}

live_texts() {
  for family in $families; do
    echo "#$family"
    "$(command_of "$family")-save"
  done
}

live_hash() { # into $live_sum
  live_sum=$(live_texts 2>/dev/null | normal_form | hash)
}

# Whether a family is what the snapshot says. Foreign rules that came or went since do not count; the order of all that
# stands in both does.
is_as_before() { # FAMILY
  {
    echo '#before'
    cat "$attempt/snapshot.$1"
    echo '#now'
    "$(command_of "$1")-save" 2>/dev/null
  } | TABLES=$tables FOREIGN=$foreign FAMILY=$1 awk '
    function counts(side, table, rule) { return rule !~ foreign || ((3 - side, table, rule) in stands) }
    BEGIN { split(ENVIRON["TABLES"], list, " "); for (i in list) touched[list[i]] = 1; foreign = ENVIRON["FOREIGN"] }
    /^#before$/ { side = 1 }
    /^#now$/ { side = 2 }
    /^\*/ { table = substr($0, 2); inside = (ENVIRON["FAMILY"] ":" table) in touched; next }
    !inside { next }
    { sub(/^\[[0-9]+:[0-9]+\] /, ""); sub(/ \[[0-9]+:[0-9]+\]$/, ""); sub(/[ \t]+$/, "") }
    /^:/ && $2 != "ACCEPT" && $0 !~ foreign { chains[table " " $0] += 2 * side - 3 }
    /^-A / { n++; at[n] = side; in_table[n] = table; rule[n] = $0; chain[n] = table " " $2; stands[side, table, $0] = 1 }
    END {
      for (name in chains) if (chains[name] != 0) exit 1
      for (i = 1; i <= n; i++) {
        if (!counts(at[i], in_table[i], rule[i])) continue
        place = ++length_of[at[i], chain[i]]
        if (at[i] == 1) { before[chain[i], place] = rule[i]; total++ }
        else if (before[chain[i], place] != rule[i]) exit 1
        else total--
      }
      exit total != 0
    }
  '
}

# --- the attempt --------------------------------------------------------------------------------------------------

# Whether a process is there, runs and is the one that wrote `PID START` (a number may have been given to another since).
is_running() { # PID START
  [ -n "$1" ] && [ -r "/proc/$1/stat" ] || return 1
  read -r stat 2>/dev/null <"/proc/$1/stat" || return 1
  set -f
  # shellcheck disable=SC2086 # fields 3 and later, those behind the name
  set -- "$2" ${stat##*) }
  set +f
  case $2 in Z | X | T) return 1 ;; esac
  [ "$1" = "${21}" ]
}

start_time() { # PID, into $start
  read -r stat <"/proc/$1/stat"
  set -f
  # shellcheck disable=SC2086
  set -- ${stat##*) }
  set +f
  start=${20}
}

guard_alive() {
  first_line "$attempt/guard"
  is_running "${line%% *}" "${line#* }"
}

read_attempt() { # into $attempt_id, $attempt_boot, $deadline, $state, $now
  first_line "$attempt/id"
  attempt_id=$line
  first_line "$attempt/boot"
  attempt_boot=$line
  first_line "$attempt/deadline"
  deadline=${line:-0}
  read_state
  uptime_seconds
}

read_state() { # into $state
  state=''
  for candidate in prepared armed applied confirming confirmed reverted revert-failed; do
    [ ! -e "$attempt/state.$candidate" ] || state=$candidate
  done
}

become_state() { # NEW: by a rename, which needs no space
  mv "$attempt/state.$state" "$attempt/state.$1" && state=$1
}

load_attempt() { # what the attempt's own steps need
  first_line "$attempt/foreign"
  foreign=$line
  first_line "$attempt/tables"
  tables=$line
  first_line "$attempt/families"
  families=$line
  first_line "$attempt/lock-option"
  lock_option=$line
}

log() {
  uptime_seconds
  echo "$now $*" 2>/dev/null >>"$attempt/log"
}

# The lock is one for a host. It is held by descriptor 9, or by a directory where flock(1) is missing.
take_lock() { # SECONDS
  uptime_seconds
  give_up=$((now + $1))
  [ -d "$run" ] || mkdir -m 0700 "$run" 2>/dev/null
  until try_lock; do
    uptime_seconds
    [ "$now" -lt "$give_up" ] || return 1
    nap
  done
  start_time $$
  echo "$$ $start" >"$run/holder"
}

try_lock() {
  if command -v flock >/dev/null; then
    # A redirection of exec that fails would end this shell.
    (true >>"$run/lock") 2>/dev/null && exec 9>>"$run/lock" && flock -n 9
  elif mkdir "$run/lock.d" 2>/dev/null; then
    return 0
  else
    first_line "$run/holder"
    is_running "${line%% *}" "${line#* }" || rmdir "$run/lock.d" 2>/dev/null
    return 1
  fi
}

release_lock() {
  exec 9>&-
  rmdir "$run/lock.d" 2>/dev/null
  return 0
}

nap() {
  sleep 0.02 2>/dev/null || sleep 1
}

apply() {
  trap '' HUP INT PIPE
  take_lock 0 || fail busy
  if [ -d "$attempt" ]; then
    known_format "$attempt"
    read_attempt
    case $state in
      '' | prepared | confirmed | reverted | revert-failed) ;;
      *) fail busy "$(describe_attempt)" ;;
    esac
  fi
  rm -rf "$attempt"
  prepare || give_up_before disk-full
  live_sum=$(for family in $families; do echo "#$family" && cat "$attempt/snapshot.$family"; done | normal_form | hash)
  [ "$live_sum" = "$examined" ] || give_up_before live-changed
  launch_guard || give_up_before guard-missing
  snapshot_is_good || give_up_before snapshot-refused "$errors"
  become_state armed || give_up_before disk-full
  for family in $families; do
    load_rules "$family" forward || revert_after_failure apply-refused "$errors"
  done
  live_hash
  [ "$live_sum" = "$expected" ] || [ "$expected" = any ] || revert_after_failure not-as-wanted "$(live_texts 2>&1 | normal_form)"
  echo "$live_sum" >"$attempt/applied"
  become_state applied || revert_after_failure disk-full
  release_lock
  log applied
  uptime_seconds
  say applied "$live_sum" "$((deadline - now))"
  if [ "$expected" = any ]; then
    for family in $families; do
      text "live-$family" "$("$(command_of "$family")-save" 2>/dev/null)"
    done
  fi
}

prepare() {
  mkdir -m 0700 "$attempt" && true >"$attempt/state.prepared" || return 1
  state=prepared
  uptime_seconds
  deadline=$((now + seconds))
  boot_id
  {
    echo $format >"$attempt/format" &&
      echo "$id" >"$attempt/id" &&
      echo "$boot" >"$attempt/boot" &&
      echo "$deadline" >"$attempt/deadline" &&
      printf '%s\n' "$foreign" >"$attempt/foreign" &&
      echo "$tables" >"$attempt/tables" &&
      echo "$families" >"$attempt/families" &&
      echo "$lock_option" >"$attempt/lock-option" &&
      printf '%s\n' "$program" >"$attempt/program"
  } 2>/dev/null || return 1
  for family in $families; do
    {
      "input_forward_$family" >"$attempt/forward.$family" &&
        "input_inverse_$family" >"$attempt/inverse.$family" &&
        take_snapshot "$family"
    } 2>/dev/null || return 1
  done
}

# The snapshot names every table that we touch, also where the kernel had none: restoring an empty dump reverts nothing. Beside it
# the one without foreign lines, for when a foreign set or chain is gone by then.
take_snapshot() { # FAMILY
  echo '#' >"$attempt/bare.$1" || return 1
  {
    "$(command_of "$1")-save" -c || echo '#failed'
    echo '#blank'
    "input_blank_$1"
  } | FOREIGN=$foreign BARE=$attempt/bare.$1 awk '
    BEGIN { foreign = ENVIRON["FOREIGN"] }
    /^#failed$/ { exit 1 }
    /^#blank$/ { blank = 1 }
    /^#/ { next }
    /^\*/ { known = blank && ($0 in tables); tables[$0] = 1 }
    known { next }
    { print; line = $0; sub(/^\[[0-9]+:[0-9]+\] /, "", line); sub(/ \[[0-9]+:[0-9]+\]$/, "", line); sub(/[ \t]+$/, "", line) }
    line !~ foreign { print > ENVIRON["BARE"] }
  ' >"$attempt/snapshot.$1"
}

snapshot_is_good() { # else $errors
  for family in $families; do
    command=$(command_of "$family")
    # shellcheck disable=SC2002,SC2086 # by a pipe: see scratch; an option and its number
    errors=$(cat "$attempt/snapshot.$family" | timeout $restore_seconds "$command-restore" --test $lock_option 2>&1) || return 1
  done
}

# The guard must outlive this session: a service of systemd's, which comes back when killed, else a session of its own. It is seen
# alive when it has written its number after its traps were set.
launch_guard() {
  if ! { has_systemd && systemd_guard; }; then
    setsid sh "$attempt/program" guard </dev/null >/dev/null 2>&1 9>&- &
  fi
  uptime_seconds
  give_up=$((now + 5))
  until guard_alive; do
    uptime_seconds
    [ "$now" -lt "$give_up" ] || return 1
    nap
  done
}

systemd_guard() {
  systemd-run --quiet --collect --unit "mailfw-guard-$id" -p Type=exec -p Restart=on-failure -p RestartSec=1 -p StartLimitIntervalSec=0 \
    sh "$attempt/program" guard </dev/null >/dev/null 2>&1 9>&-
}

load_rules() { # FAMILY forward|inverse|snapshot|bare; else $errors and $status
  file=$attempt/$2.$1
  case $2 in
    forward | inverse) options=--noflush ;;
    *) options=-c ;;
  esac
  [ -s "$file" ] || return 0
  command=$(command_of "$1")
  # shellcheck disable=SC2002,SC2086 # by a pipe: see scratch; an option and its number
  errors=$(cat "$file" | timeout $restore_seconds "$command-restore" $options $lock_option 2>&1 9>&-)
  status=$?
  [ $status = 0 ] || errors="$command-restore ended with $status: $errors"
  return $status
}

# Before the first rule was touched: nothing to put back.
give_up_before() { # CODE [DETAIL]
  end_attempt reverted
  rm -rf "$attempt"
  release_lock
  fail "$@"
}

revert_after_failure() { # CODE [DETAIL]
  code=$1
  detail=${2:-}
  [ "${status:-0}" != 4 ] || code=iptables-locked
  if put_back 3; then
    end_attempt reverted
    release_lock
    fail "$code" "$detail"
  fi
  release_lock
  fail revert-failed "$detail$newline$errors"
}

# The ladder. Each rung is read back; the next is tried only where that does not show the old rules.
put_back() { # ROUNDS
  round=1
  while :; do
    all=yes
    for family in $families; do
      put_back_family "$family" || all=no
    done
    [ $all = no ] || return 0
    [ $round -lt "$1" ] || return 1
    round=$((round + 1))
    sleep 1
  done
}

put_back_family() { # FAMILY
  ! is_as_before "$1" || return 0
  for rung in inverse snapshot bare; do
    load_rules "$1" $rung || log "$1 $rung: $errors"
    if is_as_before "$1"; then
      log "$1 put back by $rung"
      return 0
    fi
  done
  return 1
}

# The last state, then the guard goes: it would find that state by itself, this is only quicker.
end_attempt() { # STATE
  [ -z "$state" ] || become_state "$1"
  first_line "$attempt/guard"
  if is_running "${line%% *}" "${line#* }" && [ "${line%% *}" != $$ ]; then
    kill "${line%% *}" 2>/dev/null
  fi
  return 0
}

# --- confirm ------------------------------------------------------------------------------------------------------

confirm() {
  trap '' HUP INT PIPE
  [ -d "$attempt" ] || already_confirmed || fail no-attempt
  take_lock 10 || fail busy
  [ -d "$attempt" ] || already_confirmed || fail no-attempt
  read_attempt
  [ "$attempt_id" = "$id" ] || already_confirmed || fail other-attempt "$attempt_id"
  boot_id
  [ "$attempt_boot" = "$boot" ] || fail other-boot
  case $state in
    applied) ;;
    reverted | revert-failed) fail "already-$state" "$(cat "$attempt/log" 2>/dev/null)" ;;
    *) fail wrong-state "$state" ;;
  esac
  [ "$now" -lt "$deadline" ] || fail too-late
  load_attempt
  live_hash
  first_line "$attempt/applied"
  if [ "$live_sum" != "$line" ] || { [ "$live_sum" != "$expected" ] && [ "$expected" != any ]; }; then
    revert_after_failure not-as-wanted "$(live_texts 2>/dev/null | normal_form)"
  fi
  saved_place
  stage 2>"$attempt/errors" || {
    errors=$(cat "$attempt/errors")
    unstage
    revert_after_failure disk-full "$errors"
  }
  become_state confirming || fail wrong-state "$state"
  finish_confirmation 2>"$attempt/errors" || {
    errors=$(cat "$attempt/errors")
    undo_confirmation
    revert_after_failure disk-full "$errors"
  }
  end_attempt confirmed
  say ssh "${SSH_CONNECTION:-}"
  say confirmed "$live_sum" "$generation"
  rm -rf "$attempt"
  release_lock
}

# A confirmation whose receipt was lost may be asked for again.
already_confirmed() {
  newest_generation
  [ -n "$generation" ] && receipt_of "$generations/$generation" || return 1
  [ "$receipt_attempt" = "$id" ] || return 1
  say confirmed "$receipt_live" "$generation"
  say end
  exit 0
}

receipt_of() { # DIRECTORY, into $receipt_attempt and $receipt_live
  receipt_attempt='' receipt_live=''
  [ -r "$1/receipt" ] || return 1
  while IFS='=' read -r key value; do
    case $key in
      attempt) receipt_attempt=$value ;;
      live) receipt_live=$value ;;
    esac
  done <"$1/receipt"
}

# Everything that needs space, before the commit point: the saved files beside their place, the generation, and the intent
# with both old files. After it there are renames only.
stage() {
  mkdir -p "$generations" && echo $format >"$kept/format" || return 1
  rm -rf "$intent" "$generations"/.new*
  newest_generation
  next=$((${generation:-0} + 1))
  [ -d "$generations/0" ] || stage_first || return 1
  new=$generations/.new
  mkdir -m 0700 "$new" "$kept/intent.new" || return 1
  {
    echo "id=$id"
    echo "next=$next"
    echo "families=$families"
    echo "v4=$saved_v4"
    echo "v6=$saved_v6"
  } >"$kept/intent.new/record" || return 1
  staged_files=''
  for family in $families; do
    path=$(saved_path "$family")
    stage_saved "$family" "$path" || return 1
    "input_canonical_$family" >"$new/canonical.$family" || return 1
    cp "$staging/${path##*/}" "$new/rules.$family" || return 1
    chmod 600 "$new/rules.$family"
    staged_files="$staged_files $staging/${path##*/} $new/rules.$family $new/canonical.$family"
  done
  input_facts >"$new/facts" && input_receipt >"$new/receipt" && echo "live=$live_sum" >>"$new/receipt" || return 1
  mv "$kept/intent.new" "$intent" || return 1
  # shellcheck disable=SC2086 # a list of our own paths
  sync $staged_files "$new/facts" "$new/receipt" "$intent"/* "$intent" "$new" "$generations" "$kept"
}

# Generation 0: live and saved as first found.
stage_first() {
  mkdir -m 0700 "$generations/.new0" || return 1
  for family in $families; do
    path=$(saved_path "$family")
    cp "$attempt/snapshot.$family" "$generations/.new0/live.$family" || return 1
    cp "$attempt/bare.$family" "$generations/.new0/rules.$family" || return 1
    [ ! -e "$path" ] || cp "$path" "$generations/.new0/saved.$family" || return 1
  done
  {
    echo "attempt=none"
    echo "format=$format"
  } >"$generations/.new0/receipt" || return 1
  sync "$generations/.new0"/* "$generations/.new0"
}

# The new file beside its place, with the owner and mode of the one that it replaces; the old one is kept with the intent.
stage_saved() { # FAMILY PATH
  staging=${2%/*}/.mailfw-$id
  [ -d "${2%/*}" ] || (umask 022 && mkdir -p "${2%/*}") || return 1
  [ -d "$staging" ] || mkdir -m 0700 "$staging" || return 1
  if [ -e "$2" ]; then
    cp -p "$2" "$staging/${2##*/}" && cp -p "$2" "$kept/intent.new/old.$1" || return 1
    "input_wanted_$1" >"$staging/${2##*/}"
  else
    (umask 027 && "input_wanted_$1" >"$staging/${2##*/}")
  fi
}

unstage() {
  for family in $families; do
    path=$(saved_path "$family")
    rm -rf "${path%/*}/.mailfw-$id"
  done
  rm -rf "$intent" "$kept/intent.new" "$generations"/.new*
}

# From the commit point on; done again by whoever finds it unfinished. Reads the intent only.
finish_confirmation() {
  read_intent
  [ -n "$intent_id" ] && move_staged && sync "${intent_v4%/*}" "${intent_v6%/*}" || return 1
  [ ! -d "$generations/.new0" ] || mv "$generations/.new0" "$generations/0" || return 1
  if [ -d "$generations/.new" ]; then
    mv "$generations/.new" "$generations/$intent_next" && sync "$generations" || return 1
  fi
  generation=$intent_next
  rm -rf "$intent" "${intent_v4%/*}/.mailfw-$intent_id" "${intent_v6%/*}/.mailfw-$intent_id"
  prune
}

# Both files in one go, save on the distribution that keeps them in two directories.
move_staged() {
  set --
  for path in "$intent_v4" "$intent_v6"; do
    [ ! -e "${path%/*}/.mailfw-$intent_id/${path##*/}" ] || set -- "$@" "${path%/*}/.mailfw-$intent_id/${path##*/}"
  done
  if [ $# = 2 ] && [ "${intent_v4%/*}" = "${intent_v6%/*}" ]; then
    mv -f "$@" "${intent_v4%/*}/"
  else
    for staged; do
      mv -f "$staged" "${staged%/.mailfw-*}/" || return 1
    done
  fi
}

read_intent() { # into $intent_id, $intent_next, $intent_families, $intent_v4, $intent_v6
  intent_id='' intent_next='' intent_families='' intent_v4='' intent_v6=''
  [ ! -r "$intent/record" ] || while IFS='=' read -r key value; do
    case $key in
      id) intent_id=$value ;;
      next) intent_next=$value ;;
      families) intent_families=$value ;;
      v4) intent_v4=$value ;;
      v6) intent_v6=$value ;;
    esac
  done <"$intent/record"
}

intent_path() { # FAMILY
  case $1 in
    v4) echo "$intent_v4" ;;
    v6) echo "$intent_v6" ;;
  esac
}

# Where the renames cannot be finished: both files as they were.
undo_confirmation() {
  read_intent
  [ -n "$intent_id" ] || return 0
  for family in $intent_families; do
    path=$(intent_path "$family")
    if [ -e "$intent/old.$family" ]; then
      cmp -s "$intent/old.$family" "$path" || cp -p "$intent/old.$family" "$path"
    else
      rm -f "$path"
    fi
    rm -rf "${path%/*}/.mailfw-$intent_id"
  done
  rm -rf "$intent" "$generations"/.new*
}

# The last ten generations and generation 0 stay.
prune() {
  for directory in "$generations"/[0-9]*; do
    number=${directory##*/}
    if [ "$number" != 0 ] && [ "$number" -le $((generation - keep_generations)) ]; then
      rm -rf "$directory"
    fi
  done
}

# --- revert, recover, status --------------------------------------------------------------------------------------

revert() {
  trap '' HUP INT PIPE
  take_lock 10 || fail busy
  [ -d "$attempt" ] || fail no-attempt
  read_attempt
  [ "$attempt_id" = "$id" ] || fail other-attempt "$attempt_id"
  load_attempt
  case $state in
    reverted) ;;
    armed | applied | revert-failed)
      put_back 3 || {
        release_lock
        fail revert-failed "$(cat "$attempt/log" 2>/dev/null)"
      }
      end_attempt reverted
      ;;
    *) fail wrong-state "$state" ;;
  esac
  say reverted
  release_lock
}

# What an attempt left whose guard is gone, or a host that died between the two saved files.
recover() {
  trap '' HUP INT PIPE
  take_lock 10 || fail busy
  boot_id
  did=nothing
  if [ -d "$attempt" ]; then
    read_attempt
    load_attempt
    guard_alive && fail busy "$(describe_attempt)"
    if [ "$attempt_boot" != "$boot" ]; then
      did=rebooted
    else
      case $state in
        armed | applied | revert-failed)
          put_back 3 || fail revert-failed "$(cat "$attempt/log" 2>/dev/null)"
          did=reverted
          ;;
        confirming) settle_confirming ;;
      esac
    fi
    rm -rf "$attempt"
  fi
  [ ! -d "$intent" ] || settle_intent
  say recovered "$did" "${attempt_id:-${intent_id:-}}"
  release_lock
}

settle_confirming() {
  if finish_confirmation; then
    did=confirmed
  else
    undo_confirmation
    put_back 3 || fail revert-failed "$(cat "$attempt/log" 2>/dev/null)"
    did=reverted
  fi
}

# After a reboot nothing but the files can tell: none moved yet is an attempt that was not confirmed, one moved is finished.
settle_intent() {
  read_intent
  moved=no
  for family in $intent_families; do
    path=$(intent_path "$family")
    [ -e "${path%/*}/.mailfw-$intent_id/${path##*/}" ] || moved=yes
  done
  if [ $moved = yes ]; then
    finish_confirmation || fail disk-full
    did=confirmed
  else
    undo_confirmation
    did=rebooted
  fi
}

status() {
  newest_generation
  say generation "$generation"
  if [ -n "$generation" ] && receipt_of "$generations/$generation"; then
    say receipt "$receipt_attempt" "$receipt_live"
  fi
  if [ -d "$attempt" ]; then
    known_format "$attempt"
    say attempt "$(describe_attempt)"
    text log "$(cat "$attempt/log" 2>/dev/null)"
  fi
}

# --- the guard ----------------------------------------------------------------------------------------------------

guard() {
  trap '' HUP INT PIPE
  cd /
  read_attempt
  load_attempt
  guarded=$attempt_id
  start_time $$
  echo "$$ $start" >"$attempt/guard.new" && mv "$attempt/guard.new" "$attempt/guard"
  while :; do
    still_mine || exit 0
    uptime_seconds
    [ "$now" -lt "$deadline" ] || break
    sleep 1
  done
  take_lock 5 || end_holder
  still_mine || exit 0
  case $state in
    prepared) become_state reverted ;;
    armed | applied) guard_revert ;;
    confirming) guard_finish ;;
  esac
  release_lock
}

still_mine() {
  first_line "$attempt/id"
  [ "$line" = "$guarded" ] || return 1
  read_state
  case $state in
    prepared | armed | applied | confirming) ;;
    *) return 1 ;;
  esac
}

# A command of ours that hangs holds the lock: it is ended first, with what it started.
end_holder() {
  first_line "$run/holder"
  if is_running "${line%% *}" "${line#* }"; then
    log "ended process ${line%% *}, which held the lock"
    kill_tree "${line%% *}"
  fi
  take_lock 10 || log 'the lock could not be taken'
}

kill_tree() { # PID
  kill -9 "$1" 2>/dev/null
  for stat_file in /proc/[0-9]*/stat; do
    read -r stat 2>/dev/null <"$stat_file" || continue
    rest=${stat##*) }
    rest=${rest#* }
    [ "${rest%% *}" != "$1" ] || kill -9 "${stat%% *}" 2>/dev/null
  done
}

guard_revert() {
  log 'nobody confirmed until the deadline'
  if put_back 60; then
    become_state reverted
  else
    log "the old rules could not be put back: $errors"
    become_state revert-failed
  fi
}

guard_finish() {
  if finish_confirmation; then
    become_state confirmed
    rm -rf "$attempt"
  else
    log 'the saved files could not be moved'
    undo_confirmation
    guard_revert
  fi
}

main "$@"
