# shellcheck shell=sh
# The one program of mailfw that runs on a host. It comes with every remote call, and the guard runs the copy that
# the attempt keeps. POSIX sh, run as root; needs iptables and what require_programs names. Each fork counts: so functions
# answer in variables, which their comments name.
#
#   examine   what is live, saved and wanted here; changes nothing
#   apply     lock, snapshot, arm the guard, change both families, read back
#   confirm   persist what was applied; after this the guard goes
#   revert    put the old rules back now
#   cancel    an attempt that has not begun is not to begin any more
#   recover   finish or undo what an earlier attempt left
#   status    how an attempt stands
#   history   the generations, and the rules of some
#   listeners who listens on which port
#   sessions  who is connected to sshd
#   guard     (started by apply) revert at the deadline whatever nobody confirmed
#   NUMBER    (by a person: sh /var/lib/mailfw/restore NUMBER) put that generation back, without mailfw
#   scratch   (started by examine, in a network namespace of its own) wanted as this iptables writes it
#   printed   (the same) what nft lists when what iptables printed is loaded
#   whole     (the same) whether wanted and the carried sections of a saved file load together
#
# The caller defines a function input_NAME for each text that it sends, which runs a command with that text as its stdin;
# input_request has KEY=VALUE lines. An answer
# is lines that start with the nonce of the call, and ends with `NONCE end`. `NONCE text NAME` starts a text, which
# runs to the newline before the next line that starts with the nonce.

set -u
umask 077
: "${program:=}"
PATH=/usr/local/sbin:/usr/sbin:/sbin:/usr/local/bin:/usr/bin:/bin
LC_ALL=C
# bash keeps here-documents there: a full /tmp is no fault of ours.
TMPDIR=/run
export PATH LC_ALL TMPDIR
unset IFS ENV CDPATH
newline='
'
tab='	'

format=1
kept_open='mailfw: kept open by a revert'
run=/run/mailfw
attempt=$run/attempt
coming=$run/coming
going=$run/going
kept=/var/lib/mailfw
generations=$kept/generations
intent=$kept/intent
second=$kept/attempt
keep_generations=10
restore_seconds=20
listeners_seconds=20
boot_seconds=5
saved_v4='' saved_v6=''
version_v4='' version_v6='' carried_v4='' carried_v6=''
holds_lock=no is_quiet=no
live_begun='' left='' client='' ssh_port='' uncommented='' native='' alien='' lost_sets=''
now=0 start='' errors='' status=0 loaded=0 state=''
restore_v4='' restore_v6='' save_v4='' save_v6='' restore_o4='' restore_o6='' save_o4='' save_o6='' others=''

main() {
  verb=$1
  shift
  case $verb in
    guard) guard "$@" ;;
    scratch) scratch "$@" ;;
    whole) whole "$@" ;;
    printed) printed "$@" ;;
    [0-9]*) restore_by_hand "$verb" ;;
    *)
      read_request
      require_root
      require_programs
      case $verb in
        examine) examine ;;
        apply) apply ;;
        confirm) confirm ;;
        revert) revert ;;
        cancel) cancel ;;
        recover) recover ;;
        status) status ;;
        history) history ;;
        listeners) listeners ;;
        sessions) sessions ;;
      esac
      say end
      ;;
  esac
}

# --- the conversation ---------------------------------------------------------------------------------------------

# Values are lines of their own and hold no newline; an unknown key is a newer controller's and is passed over.
read_request() {
  nonce='' id='' seconds=60 families='' foreign='' tables='' expected='' lock_option='' places='' sum_v4='' sum_v6=''
  persist=rules generations_asked='' kind='' examined_generation='' byte_order=LE port='' entered_at='' session=''
  asked_by='' examined_v4=any examined_v6=any look='' units='' asked_names='' asks_sets='' take_over=no extensions=''
  input_request read_values
  name_others
}

read_values() {
  while IFS='=' read -r key value; do
    case $key in
      nonce) nonce=$value ;;
      id) id=$value ;;
      seconds) seconds=$value ;;
      families) families=$value ;;
      foreign) foreign=$value ;;
      tables) tables=$value ;;
      expected) expected=$value ;;
      lock-option) lock_option=$value ;;
      place) places=$places$value$newline ;;
      sum-v4) sum_v4=$value ;;
      sum-v6) sum_v6=$value ;;
      saved-v4) examined_v4=$value ;;
      saved-v6) examined_v6=$value ;;
      persist) persist=$value ;;
      generations) generations_asked=$value ;;
      generation) examined_generation=$value ;;
      kind) kind=$value ;;
      byte-order) byte_order=$value ;;
      port) port=$value ;;
      entered-at) entered_at=$value ;;
      session) session=$value ;;
      by) asked_by=$value ;;
      look) look="$look $value" ;;
      units) units="$units $value" ;;
      names) asked_names=$value ;;
      asks-sets) asks_sets=$value ;;
      take-over) take_over=yes ;;
      extensions) extensions=$value ;;
    esac
  done
}

say() {
  [ -z "${nonce:-}" ] || printf '%s %s\n' "$nonce" "$*"
}

text() { # NAME CONTENT
  [ -z "${nonce:-}" ] || printf '%s text %s\n%s\n' "$nonce" "$1" "$2"
}

# Every file that came with the call, each behind a line `NONCE NAME`, by one program. It reads them back: not every awk tells when
# it could not write.
unpack() { # DIRECTORY
  input_files unpack_into "$1"
}

unpack_into() {
  DIRECTORY=$1 NONCE=$nonce awk '
    BEGIN { nonce = ENVIRON["NONCE"] " " }
    index($0, nonce) == 1 {
      if (file != "") close(file)
      file = ENVIRON["DIRECTORY"] "/" substr($0, length(nonce) + 1)
      files[file] = 0
      printf "" > file
      next
    }
    { print > file; files[file]++; last[file] = $0 }
    END {
      if (file != "") close(file)
      for (file in files) {
        lines = 0
        while ((getline line < file) > 0) lines++
        if (lines != files[file] || (lines && line != last[file])) exit 1
      }
    }
  '
}

# The end of a call that could not do what it was asked for; what the host's state is stands in the code's meaning.
fail() { # CODE [DETAIL]
  [ -n "${nonce:-}" ] || stop "$*"
  say fail "$1"
  [ $# -lt 2 ] || text detail "$2"
  release_lock
  say end
  exit 0
}

require_root() {
  while read -r key _ value _; do
    [ "$key" != Uid: ] || break
  done </proc/self/status
  [ "$value" = 0 ] || fail not-root
}

require_programs() {
  missing=''
  for program_name in iptables iptables-save iptables-restore; do
    command -v "$program_name" >/dev/null || fail no-iptables "$program_name"
  done
  for program_name in awk sort sha256sum timeout setsid sync ls mv cp ln rm cat mkdir chmod sleep sed grep; do
    command -v "$program_name" >/dev/null || missing="$missing $program_name"
  done
  [ -z "$missing" ] || fail host-requirements "${missing# }"
}

# --- facts of the host --------------------------------------------------------------------------------------------

names_of() { # FAMILY, into $command and $path, the saved file
  case $1 in
    v4) command=iptables path=$saved_v4 ;;
    v6) command=ip6tables path=$saved_v6 ;;
    n4) command=iptables-nft path='' ;;
    n6) command=ip6tables-nft path='' ;;
    l4) command=iptables-legacy path='' ;;
    l6) command=ip6tables-legacy path='' ;;
  esac
}

# The tables that an attempt touches in the other backend: of n4, n6 (nft), l4 or l6 (legacy), by their own names.
name_others() { # of $tables, into $others
  others=''
  for family in n4 n6 l4 l6; do
    case " $tables" in *" $family:"*) others="$others $family" ;; esac
  done
}

first_line() { # FILE: its first line into $line, empty if it cannot be read; false, if none was read
  line=''
  [ -r "$1" ] && { IFS= read -r line <"$1"; } 2>/dev/null
}

file_text() { # FILE, a short one: all of it into $content, empty where it cannot be read
  content=''
  [ ! -r "$1" ] || while IFS= read -r line || [ -n "$line" ]; do
    content=$content$line$newline
  done <"$1"
}

# No clock that anybody sets. When it cannot be read, false, and $now stays: what waits has to count by itself.
uptime_seconds() { # into $now: seconds since boot, suspension included
  { read -r uptime _ </proc/uptime; } 2>/dev/null || return 1
  case ${uptime%%.*} in
    '' | *[!0-9]*) return 1 ;;
  esac
  now=${uptime%%.*}
}

boot_id() {
  first_line /proc/sys/kernel/random/boot_id
  boot=$line
}

distribution() { # into $os, $os_like and $os_version
  os='' os_like='' os_version=''
  [ ! -r /etc/os-release ] || while IFS='=' read -r key value || [ -n "$key" ]; do
    value=${value#[\"\']}
    value=${value%[\"\']}
    case $key in
      ID) os=$value ;;
      ID_LIKE) os_like=$value ;;
      VERSION_ID) os_version=$value ;;
    esac
  done </etc/os-release
}

# Where this distribution keeps its saved rules, from the request's table `IDS|V4|V6|LOADERS`; the first line is the
# default.
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

has_ipv6() {
  first_line /proc/net/if_inet6
  [ -n "$line" ]
}

has_systemd() {
  [ -d /run/systemd/system ] && command -v systemd-run >/dev/null
}

# Whether the session comes from an address of this host: it passed none of the rules that others meet.
client_is_own() {
  client=${SSH_CONNECTION:-}
  is_own_address "${client%% *}"
}

# Also an address of a network that a route makes local.
is_own_address() { # ADDRESS
  case $1 in
    127.* | ::1) return 0 ;;
    ::ffff:*.*) is_own_address "${1#::ffff:}" ;;
    *:*) is_own_v6 "${1%%%*}" ;;
    *.*)
      awk -v address="$1" '
        function number(text, parts) {
          split(text, parts, ".")
          return ((parts[1] * 256 + parts[2]) * 256 + parts[3]) * 256 + parts[4]
        }
        $1 == "|--" { network = $2 }
        $NF == "LOCAL" {
          size = 2 ^ (32 - substr($1, 2))
          if (int(number(address) / size) == int(number(network) / size)) { found = 1; exit }
        }
        END { exit !found }
      ' /proc/net/fib_trie 2>/dev/null
      ;;
    *) return 1 ;;
  esac
}

# The kernel's routes have one for each address of its own too: RTF_LOCAL is the highest bit of the flags.
is_own_v6() { # ADDRESS
  ipv6_digits "${1%%::*}"
  head=$digits digits=''
  case $1 in *::*) ipv6_digits "${1#*::}" ;; esac
  while [ $((${#head} + ${#digits})) -lt 32 ]; do head=${head}0; done
  awk -v address="$head$digits" '
    function digit(text, at) { return index("0123456789abcdef", substr(text, at, 1)) - 1 }
    $9 ~ /^[89a-f]/ {
      bits = 16 * digit($2, 1) + digit($2, 2)
      whole = int(bits / 4)
      size = 2 ^ (4 - bits % 4)
      if (substr($1, 1, whole) == substr(address, 1, whole) && (bits % 4 == 0 ||
        int(digit($1, whole + 1) / size) == int(digit(address, whole + 1) / size))) { found = 1; exit }
    }
    END { exit !found }
  ' /proc/net/ipv6_route 2>/dev/null
}

ipv6_digits() { # GROUPS, as `2001:db8`: into $digits, four for each
  digits=''
  IFS=:
  for group in $1; do
    group=000$group
    digits=$digits${group#"${group%????}"}
  done
  unset IFS
}

setting() { # KEY FILE...: the last value that the shell-like files give it, into $value
  wanted_key=$1
  value=''
  shift
  for file in "$@"; do
    [ ! -r "$file" ] || while IFS='=' read -r key found || [ -n "$key" ]; do
      [ "$key" != "$wanted_key" ] || value=$found
    done <"$file"
  done
  value=${value#[\"\']}
  value=${value%%[\"\' #]*}
}

# --- examine ------------------------------------------------------------------------------------------------------

examine() {
  saved_place
  require_own_directories
  first_line /proc/sys/kernel/hostname
  say hostname "$line"
  boot_id
  say boot "$boot"
  uptime_seconds
  say uptime "$now"
  first_line /etc/machine-id
  say machine-id "$line"
  say namespace "$namespace"
  say os "$os" "$os_like"
  say os-version "$os_version"
  say ssh "${SSH_CONNECTION:-}"
  ! client_is_own || say client-is-own
  first_line /proc/sys/net/netfilter/nf_conntrack_tcp_loose
  say tcp-loose "$line"
  ! has_systemd || say systemd
  examine_loader_settings
  examine_boot
  examine_attempt
  newest_generation
  say generation "$generation"
  say_receipts
  examine_routing
  present=''
  for family in $families; do
    if [ "$family" = v6 ] && ! has_ipv6; then
      say off v6
    else
      present="$present $family"
      examine_live "$family"
    fi
  done
  sum_files
  for family in $present; do
    examine_saved "$family"
    examine_generation "$family"
  done
  examine_canonical
  for family in $present; do
    examine_carried "$family"
  done
  for family in $present; do
    examine_spelling "$family"
  done
  examine_other_firewalls
  examine_next_kernel
}

# What the kernel that a reboot would start cannot load of what wanted needs; the running one has answered for itself.
examine_next_kernel() {
  set -- /lib/modules/*/modules.dep
  [ -e "$1" ] || return 0
  first_line /proc/sys/kernel/osrelease
  newest=$1
  [ $# = 1 ] || newest=$(printf '%s\n' "$@" | sort -V 2>/dev/null | sed -n '$p')
  newest=${newest%/modules.dep}
  [ -n "$newest" ] && [ "$newest" != "/lib/modules/$line" ] || return 0
  lacking=$(EXTENSIONS=$extensions awk '
    { sub(/:.*/, ""); sub(/.*\//, ""); sub(/\.ko.*/, ""); gsub(/-/, "_"); there[$0] }
    END {
      if (!NR) exit
      count = split(ENVIRON["EXTENSIONS"], names, " ")
      for (i = 1; i <= count; i++)
        if (!(("xt_" names[i]) in there || ("ipt_" names[i]) in there || ("ip6t_" names[i]) in there)) printf " %s", names[i]
    }
  ' "$newest/modules.dep" "$newest/modules.builtin" 2>/dev/null)
  [ -z "$lacking" ] || say next-kernel "${newest##*/}$lacking"
}

# Anyone else who may write on the way to our files could put a link there for root to follow. An ACL's mask stands in the group's
# bits. Ours are no links; those on the way to the saved files are followed, one by one, to where they lead. The program that is
# run for this tells the network namespace too.
require_own_directories() { # also those of the saved files, if they are known; into $namespace
  namespace=''
  way=/
  for directory in "$run" "$attempt" "$kept" "$generations"; do
    [ ! -L "$directory" ] || refuse_link "$directory"
    way_to "$directory"
  done
  for directory in "${saved_v4%/*}" "${saved_v6%/*}"; do
    way_to "$directory"
    [ ! -L "$directory" ] || [ -d "$directory" ] || refuse_link "$directory"
  done
  set -f
  IFS=$newline
  # shellcheck disable=SC2086 # a line for each
  set -- $way
  unset IFS
  set +f
  while read -r mode _ owner group _ _ _ _ directory; do
    case $directory in
      '/proc/self/ns/net -> '*)
        namespace=${directory#* -> }
        continue
        ;;
    esac
    case $mode:$owner in
      : | d????[!w]??[!w]*:0) ;;
      *) fail unsafe-directory "$directory$newline$mode of $owner:$group" ;;
    esac
  done <<END
$(ls -ldn "$@" /proc/self/ns/net 2>/dev/null)
END
}

way_to() { # PATH: it and what it stands in, onto $way
  rest=$1/ here='' followed=0
  while [ -n "$rest" ]; do
    name=${rest%%/*}
    rest=${rest#*/}
    case $name in
      '' | .) ;;
      ..) here=${here%/*} ;;
      *) step_to "$here/$name" ;;
    esac
  done
}

step_to() { # PATH, whose directory is $here
  if [ -L "$1" ]; then
    followed=$((followed + 1))
    target=$(readlink "$1") || refuse_link "$1"
    [ $followed -le 40 ] || refuse_link "$1"
    rest=$target/$rest
    case $target in /*) here='' ;; esac
    return
  fi
  here=$1
  case $newline$way$newline in
    *"$newline$here$newline"*) ;;
    *) way=$way$newline$here ;;
  esac
}

refuse_link() { # PATH
  fail unsafe-directory "$1$newline-> $(readlink "$1")"
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

# What runs at boot, and the lines of its files that may be about rules; the controller decides what they mean. It costs
# two more programs, and no search.
examine_boot() {
  set --
  # shellcheck disable=SC2086 # patterns
  for file in $look; do
    case $file in
      *.service | *.conf | */ipset* | */cron* | */interfaces*) ;;
      *) [ -x "$file" ] || continue ;;
    esac
    [ ! -f "$file" ] || set -- "$@" "$file"
  done
  lines=''
  [ $# = 0 ] || lines=$(timeout -s KILL $boot_seconds awk "$boot_awk" "$@" 2>/dev/null) || say boot-unread
  follow_calls
  text boot-lines "$lines"
  for file in /usr/share/netfilter-persistent/plugins.d/*; do
    if [ -x "$file" ]; then say plugin "${file##*/}" yes; else say plugin "${file##*/}" no; fi
  done
  setting STARTUP_ENABLED /etc/shorewall/shorewall.conf
  [ "$value" != No ] || say idle shorewall
  setting ENABLED /etc/default/ferm
  [ "$value" != no ] || say idle ferm
  [ ! -e /etc/csf/csf.disable ] || say idle csf
  for file in /etc/awall/*.json; do
    [ ! -e "$file" ] || say awall
  done
  set -f
  while IFS=$tab read -r file _; do
    case $file in */systemd/system/*) file=${file#*/systemd/system/} units="$units ${file%%.service*}" ;; esac
  done <<END
$lines
END
  # shellcheck disable=SC2086 # a list of names
  set -- $loader $units
  if ! has_systemd; then
    text units "$(units_by_files "$@")"
  elif shown=$(timeout -s KILL $boot_seconds systemctl show -p Id -p LoadState -p ActiveState -p UnitFileState -p Type -p WantedBy -p RequiredBy -p TriggeredBy "$@" 2>/dev/null); then
    text units "$shown"
  else
    say units-unread
    text units "$(units_by_files "$@")"
  fi
  # shellcheck disable=SC2046 # a list of names
  [ -z "$asks_sets" ] || ! command -v ipset >/dev/null || say sets $(ipset list -name 2>/dev/null)
  for name in $asked_names; do
    file=/etc/${name%%:*}
    while IFS=: read -r key _; do
      [ "$key" != "${name#*:}" ] || continue 2
    done <"$file"
    say no-name "$name"
  done
  set +f
}

# FILE, NUMBER, nothing, nothing and TEXT of each line that may be about rules; `call` and a path of one that names a
# script. mawk ends at a path that is a directory, so a script is read by follow_calls.
# shellcheck disable=SC2016 # fields of awk's
boot_awk='
  function scan(file, is_sets, line, more, n, at, words, i) {
    is_sets = file ~ /^\/(etc\/(iptables\/|sysconfig\/)?|var\/lib\/)ipset/
    while (rows < 400 && n < (is_sets ? 1000000 : 3000) && (getline line < file) > 0) {
      at = ++n
      if (n == 1 && line ~ /^.ELF/) break
      while (line ~ /\\$/ && (getline more < file) > 0) { n++; at = (at + 0) "+"; line = substr(line, 1, length(line) - 1) " " more }
      if (line ~ /^[ \t]*((: )?#|;|$)/ && line !~ /^#!.*nft/) continue
      gsub(/\t/, " ", line)
      if (is_sets ? line ~ /^(create|-N) / || (n == 1 && file ~ /^\/etc\/ipset\.d\//) : line ~ /(tables|[iI][pP][tT6]).*( -F|--flush| -P|--policy)|-restore|nft|-persistent|ipset|^[ \t]*(flush|delete) /) {
        rows++
        print file "\t" at "\t-\t-\t" line
      }
      if (is_sets) continue
      split(line, words, /[ \t"\047;|&()<>=@]+/)
      for (i in words)
        if (words[i] ~ /^\/./ && (words[i] ~ /\.(sh|nft|conf)$/ || words[i] !~ /^\/(dev|proc|sys|run|var\/run|s?bin|lib|usr\/(s?bin|lib|libexec|share)|etc\/init\.d)\//) && ++calls <= 50)
          print file "\t" at "\tcall\t" words[i] "\t" line
    }
    close(file)
  }
  BEGIN { for (i = 1; i < ARGC; i++) scan(ARGV[i]) }
'

# Scripts that lines name, if they begin with `#!` or are a file for nft, one step deep: their lines onto $lines.
follow_calls() {
  calls=$lines
  while IFS=$tab read -r file at word called call; do
    [ "$word" = call ] || continue
    [ -f "$called" ] || continue
    first_line "$called"
    case $line:$call in '#!'* | *nft*-f*) ;; *) continue ;; esac
    number=0
    while IFS= read -r line && [ $number -lt 2000 ]; do
      number=$((number + 1))
      case $line in
        '#!'*nft*) ;;
        '#'*) continue ;;
        *tables* | *[iI][pP][tT6]* | *-restore* | *nft* | *-persistent* | *flush* | *delete*) ;;
        *) continue ;;
      esac
      lines=$lines$newline$called$tab$number$tab$file:$at$tab$call$tab$line
    done <"$called"
  done <<END
$calls
END
}

# As systemctl shows them, if systemd does not run: links of systemd, System V and OpenRC, and what OpenRC says of this
# boot.
units_by_files() { # NAME...
  set +f
  level=2
  [ ! -r /etc/inittab ] || while IFS=: read -r _ found key _; do
    [ "$key" != initdefault ] || level=$found
  done </etc/inittab
  for name; do
    there=not-found state=disabled active=inactive
    for file in /etc/systemd/system/"$name".service /lib/systemd/system/"$name".service /usr/lib/systemd/system/"$name".service /etc/init.d/"$name"; do
      [ ! -e "$file" ] || there=loaded
    done
    for file in /etc/systemd/system/*.wants/"$name".service /etc/rc[S"$level"].d/S[0-9][0-9]"$name" /etc/runlevels/boot/"$name" /etc/runlevels/default/"$name"; do
      [ ! -e "$file" ] || state=enabled
    done
    [ ! -e /run/openrc/started/"$name" ] || active=active
    [ ! -e /run/openrc/failed/"$name" ] || active=failed
    printf 'Id=%s.service\nLoadState=%s\nActiveState=%s\nUnitFileState=%s\n\n' "$name" $there $active $state
  done
}

examine_attempt() {
  [ ! -e "$kept/format" ] || known_format "$kept"
  [ ! -d "$attempt" ] || known_format "$attempt"
  if [ -d "$attempt" ]; then
    say attempt "$(describe_attempt)"
    first_line "$attempt/boot"
    # While it is of this boot, the intent is its own.
    [ "$line" != "$boot" ] || return 0
  fi
  for directory in "$intent" "$intent.new" "$intent.undo"; do
    [ ! -d "$directory" ] || say intent
  done
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

# A clone has its own number of systemd's or of its firmware, if it was made as it should be.
know_machine() { # into $machine
  first_line /etc/machine-id
  machine=$line
  first_line /sys/class/dmi/id/product_uuid
  machine="$machine/$line"
}

# Of all generations where that was asked for, else of the newest.
say_receipts() {
  know_machine
  say machine "$machine"
  case $generations_asked in
    all) set -- "$generations"/[0-9]* ;;
    *) set -- "$generations/$generation" ;;
  esac
  for directory; do
    [ -r "$directory/receipt" ] || continue
    file_text "$directory/receipt"
    text "receipt-${directory##*/}" "${content%"$newline"}"
  done
}

examine_routing() {
  [ ! -r /proc/net/if_inet6 ] || while read -r address _ _ scope _ _; do
    [ "$scope" != 00 ] || say address "$address"
  done </proc/net/if_inet6
  first_line /proc/sys/net/ipv4/ip_forward
  [ "$line" != 1 ] || say routes v4
  first_line /proc/sys/net/ipv6/conf/all/forwarding
  [ "$line" != 1 ] || say routes v6
}

examine_live() { # FAMILY
  names_of "$1"
  for program_name in "$command-save" "$command-restore"; do
    command -v "$program_name" >/dev/null || fail no-iptables "$program_name"
  done
  live=$("$command-save" 2>/dev/null) || cannot_print "$1"
  iptables_version "$command"
  say version "$1" "$version"
  text "live-$1" "$live"
  case $1 in
    v4) live_v4=$live version_v4=$version ;;
    v6) live_v6=$live version_v6=$version ;;
  esac
}

cannot_print() { # FAMILY, of $command
  detail="$command-save: $("$command-save" 2>&1 >/dev/null)"
  command -v nft >/dev/null || fail no-iptables "$detail"
  native=$(hidden_rules "$1" 'filter nat mangle raw security')
  [ -n "$native" ] || fail no-iptables "$detail"
  fail native-nft "$1$tab$native"
}

# Of the saved files and the newest generation, by one program for all; wanted itself is read only where it differs.
sum_files() { # into $sums, lines `SUM  FILE`
  set --
  for family in $present; do
    names_of "$family"
    set -- "$@" "$path" "$generations/$generation/rules.$family" "$generations/$generation/saved.$family"
  done
  sums=''
  [ $# = 0 ] || sums=$newline$(sha256sum "$@" 2>/dev/null)$newline
}

is_wanted() { # FAMILY FILE: byte for byte
  case $1 in
    v4) sum=$sum_v4 ;;
    v6) sum=$sum_v6 ;;
  esac
  has_sum "$sum" "$2"
}

has_sum() { # SUM FILE
  case $sums in
    *"$newline$1  $2$newline"*) ;;
    *) return 1 ;;
  esac
}

sum_of() { # FILE, into $sum; empty where it is not there
  sum=''
  case $sums in
    *"  $1$newline"*)
      sum=${sums%%"  $1$newline"*}
      sum=${sum##*"$newline"}
      ;;
  esac
}

examine_saved() { # FAMILY
  names_of "$1"
  if [ ! -e "$path" ]; then
    say saved "$1" absent "$path"
  elif is_wanted "$1" "$path"; then
    say saved "$1" same "$path"
  else
    sum_of "$path"
    say saved-sum "$1" "$sum"
    say saved "$1" other "$path"
    find_carried "$1"
    # The line behind keeps the newlines at the end.
    saved=$(
      cat "$path" - 2>/dev/null <<END
.
END
    )
    text "saved-$1" "${saved%.}"
  fi
}

# The sections of other tables stay in the saved file: they do not count when it is compared with what was persisted.
find_carried() { # FAMILY, of $path; into $carried_v4, $carried_v6
  sum_of "$generations/$generation/rules.$1"
  ! has_sum "${sum:-none}" "$path" || return 0
  carried=$("input_wanted_$1" split_saved "$1" rest "$path") || return 0
  [ -n "$carried" ] || return 0
  [ "$1" = v6 ] || carried_v4=$carried
  [ "$1" = v4 ] || carried_v6=$carried
  sum=$("input_wanted_$1" split_saved "$1" own "$path" | sha256sum)
  sums="$sums${sum%% *}  $path$newline"
}

# A saved file by its sections: `own` of the tables that the rules on stdin or the newest generation name, and the
# `rest`. A section takes the comments before it along. False, and no output, if the file is not whole sections only.
split_saved() { # FAMILY own|rest FILE
  last=$generations/$generation/rules.$1
  if [ -z "$generation" ] || is_first "${last%/*}" || [ ! -r "$last" ]; then last=/dev/null; fi
  awk -v part="$2" '
    function put(where, line) { if (where == part) out[++count] = line }
    function put_head(where, i) { for (i = 1; i <= heads; i++) put(where, head[i]); heads = 0 }
    of != "file" {
      if (/^\*/) own[substr($1, 2)]
      if (of == "last") written[++lasting] = $0
      next
    }
    {
      same = (FNR == 1 || same) && $0 == written[FNR]
      if (inside) {
        put(where, $0)
        if (/^\*/) exit broken = 1
        if ($0 == "COMMIT") inside = 0
      } else if (/^\*[a-z]+[ \t]*$/) {
        where = substr($1, 2) in own ? "own" : "rest"
        put_head(where)
        put(where, $0)
        inside = 1
      } else if (/^# Completed on / && where != "" && !heads) put(where, $0)
      else if ($0 == "" || /^#/) head[++heads] = $0
      else exit broken = 1
      if (same && FNR == lasting) put_head("own")
    }
    END {
      if (broken || inside) exit 1
      put_head(where == "" ? "own" : where)
      for (i = 1; i <= count; i++) print out[i]
    }
  ' of=wanted - of=last "$last" of=file "$3"
}

# Whether wanted and saved are the newest generation's; where neither is, its rules tell which of their differences came from where.
examine_generation() { # FAMILY, of $path
  directory=$generations/$generation
  [ -n "$generation" ] && [ -r "$directory/rules.$1" ] || return 0
  is_wanted=no is_saved=no
  ! is_wanted "$1" "$directory/rules.$1" || is_wanted=yes
  ! is_as_persisted "$1" || is_saved=yes
  say as-generation "$1" $is_wanted $is_saved
  [ $is_wanted$is_saved != nono ] || whole_text "generation-$1" "$directory/rules.$1"
}

# A generation of what was there before us has its saved files as they were found, or none.
is_as_persisted() { # FAMILY, of $path and $directory
  persisted=$directory/rules.$1
  ! is_first "$directory" || persisted=$directory/saved.$1
  sum_of "$persisted"
  if [ -z "$sum" ]; then [ ! -e "$path" ]; return; fi
  ! has_sum "$sum" "$path" || return 0
  is_first "$directory" || return 1
  sum=$("input_wanted_$1" split_saved "$1" own "$persisted" | sha256sum)
  has_sum "${sum%% *}" "$path"
}

is_first() { # DIRECTORY
  [ "${1##*/}" != 0 ] && [ ! -e "$1/first" ] && return 1
  return 0
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
  directory=$generations/$generation
  canonical_facts
  text facts "$facts"
  if [ -n "$generation" ] && is_kept; then
    say reused
    canonical=$(say_kept)$newline
    printf '%s' "$canonical"
    return
  fi
  wanted_v4=$(input_wanted_v4 cat)
  wanted_v6=$(input_wanted_v6 cat)
  for family in $present; do
    [ ! -r "$directory/canonical.$family" ] || text "former-$family" "$(cat "$directory/canonical.$family")"
  done
  for options in -n -rn; do
    # shellcheck disable=SC2086 # a list of families
    answer=$(
      unshare $options sh -c "$program" mailfw scratch "$nonce" $present 3<<V4 4<<V6 2>/dev/null
${wanted_v4:-}
V4
${wanted_v6:-}
V6
    ) || :
    case $answer in
      *"$nonce iptables-locked") fail iptables-locked ;;
      *"$nonce iptables-hung") fail iptables-hung ;;
      *"$nonce scratched")
        canonical=${answer%"$nonce scratched"}
        printf '%s' "$canonical"
        return
        ;;
    esac
  done
  say no-scratch
}

# All that boot will load of a family, without sets that nothing makes by then: mostly a file is loaded whole or not.
examine_carried() { # FAMILY
  [ "$1" = v4 ] && carried=$carried_v4 || carried=$carried_v6
  [ -n "$carried" ] || return 0
  wanted=$("input_wanted_$1" cat)
  for options in -n -rn; do
    answer=$(
      unshare $options sh -c "$program" mailfw whole "$nonce" "$1" 3<<WANTED 4<<CARRIED 2>/dev/null
$wanted
WANTED
$carried
CARRIED
    ) || :
    case $answer in
      *"$nonce loaded")
        printf '%s' "${answer%"$nonce loaded"}"
        return
        ;;
    esac
  done
}

canonical_facts() { # into $facts
  first_line /proc/sys/kernel/osrelease
  facts="format $format${newline}kernel $line${newline}v4 ${version_v4:-off}${newline}v6 ${version_v6:-off}"
}

is_kept() {
  file_text "$directory/facts"
  [ "$content" = "$facts$newline" ] || return 1
  for family in $present; do
    is_wanted "$family" "$directory/rules.$family" && [ -r "$directory/canonical.$family" ] || return 1
  done
}

# What the newest generation keeps, as one program prints it.
say_kept() {
  case $present in
    *v4*v6*)
      say text canonical-v4
      cat "$directory/canonical.v4" - "$directory/canonical.v6" <<END
$nonce text canonical-v6
END
      ;;
    *)
      for family in $present; do
        say text "canonical-$family"
        cat "$directory/canonical.$family"
      done
      ;;
  esac
}

# In the scratch namespace. A text comes by a pipe from cat, for a confined iptables may not read a file of ours. Nobody else
# is there, so nobody need be waited for, where iptables knows another lock; else the time limit tells.
scratch() { # NONCE FAMILY...; wanted on descriptors 3 and 4
  nonce=$1
  export XTABLES_LOCKFILE=/dev/null
  shift
  for family in "$@"; do
    names_of "$family"
    case $family in
      ?4) wanted=$(cat <&3) ;;
      ?6) wanted=$(cat <&4) ;;
    esac
    create_sets "$family"
    load_in_scratch "$wanted"
    case $status:$cause in
      0:*) text "canonical-$family" "$("$command-save" 2>/dev/null)" ;;
      *:iptables-*) break ;;
      *) text "refused-$family" "$errors" ;;
    esac
  done
  say "${cause:-scratched}"
}

load_in_scratch() { # RULES, of $command: into $errors, $status and $cause
  errors=$(printf '%s\n' "$1" | timeout -s KILL $restore_seconds "$command-restore" 2>&1)
  status=$?
  restore_cause
}

# A status alone is no cause: iptables-nft ends with 4 for all that the kernel refuses, a missing module too.
restore_cause() { # of $status and $errors: into $cause, empty if it is about the rules
  case $status:$errors in
    137:*) cause=iptables-hung ;;
    4:*'xtables lock'* | 4:*'Resource temporarily unavailable'*) cause=iptables-locked ;;
    *) cause='' ;;
  esac
}

# In the scratch namespace.
whole() { # NONCE FAMILY; wanted on descriptor 3, the carried sections on 4
  nonce=$1
  export XTABLES_LOCKFILE=/dev/null
  names_of "$2"
  wanted=$(cat <&3)
  carried=$(cat <&4)
  create_sets "$2"
  case $carried in
    *-set*) grep -hs '^create ' /etc/iptables/ipsets /etc/sysconfig/ipset /etc/ipset.conf /var/lib/ipset/rules-save | ipset -exist restore 2>/dev/null ;;
  esac
  change=$(printf '%s\n' "$wanted" "$carried")
  load_in_scratch "$change"
  case $status:$cause in
    0:*) text "whole-$2" "$("$command-save" 2>/dev/null)" ;;
    *:iptables-*) ;;
    *)
      find_refused
      text "whole-refused-$2" "$refused_table$newline$refused$newline$errors"
      ;;
  esac
  say loaded
}

# Sets that wanted names are made empty, for a rule cannot be loaded without its set. A list of sets serves both families.
create_sets() { # FAMILY
  case $wanted in
    *-set*) ;;
    *) return 0 ;;
  esac
  case $1 in ?4) set_family=inet ;; *) set_family=inet6 ;; esac
  printf '%s' "$wanted" | awk '{ for (i = 1; i < NF; i++) if ($i ~ /^--(match|add|del|map)-set$/) print $(i + 1) }' | sort -u |
    while read -r set_name; do
      ipset create -exist "$set_name" list:set 2>/dev/null ||
        ipset create -exist "$set_name" hash:ip family "$set_family" 2>/dev/null
    done
}

# What save prints is not always what -D accepts. If rules are to change, the kernel is asked.
examine_spelling() { # FAMILY
  case $1 in
    v4) live=$live_v4 ;;
    v6) live=$live_v6 ;;
  esac
  ! is_as_wanted "$1" || return 0
  ask_spelling "$1"
}

ask_spelling() { # FAMILY, of $live and $canonical
  doubtful=$(printf '%s%s\n%s\n' "$canonical" "$nonce live" "$live" | doubtful_rules "$1")
  # Of a long text none means that all rules are as wanted
  [ -n "$doubtful" ] || [ ${#live} -lt 20000 ] || return 0
  names_of "$1"
  examine_native "$1"
  [ -n "$doubtful" ] || return 0
  uptime_seconds
  give_up=$((now + restore_seconds))
  find_misfits
  [ -n "$misfits" ] || return 0
  say text "spelling-$1"
  printf '%s\n' "$misfits" | while IFS=$tab read -r count table rule candidates; do
    printf '%s\t%s\t%s\n' "$table" "$rule" "$(spelling_of "$count" "$table" "$candidates")"
  done
}

# A native rule may be more than its print: then nft lists it otherwise than the print once that is loaded. A line
# TABLE, CHAIN, PRINT and RULE for each, with tabs between. Without a scratch namespace, those without a counter are.
examine_native() { # FAMILY, of $live and $command
  case $1,$version_v4,$version_v6 in n?,* | v4,*nf_tables*,* | v6,*,*nf_tables*) ;; *) return 0 ;; esac
  [ -n "$live" ] && command -v nft >/dev/null || return 0
  # A ban may come between the two looks
  for attempts in 1 2 3; do
    [ "$attempts" = 1 ] || live=$("$command-save" 2>/dev/null)
    find_native_rules "$1"
    case $rules in
      '#exact') say exact "$1" ;;
      '#moved') continue ;;
      '#hidden'*) text "native-$1" "$(hidden_rules "$1" "${rules#?hidden}")" ;;
      ?*) text "native-$1" "$rules" ;;
    esac
    return
  done
}

find_native_rules() { # FAMILY, of $live; into $rules
  natively=$(nft_list "$1")
  if [ -n "$program" ]; then set -- -c "$program" mailfw printed "$1"; else set -- "$0" printed "$1"; fi
  printed=$(printf '%s\n' "$live" | unshare -n sh "$@" 2>/dev/null 9>&-)
  rules=$(printf '#live\n%s\n#listed\n%s\n#printed\n%s\n' "$live" "$natively" "$printed" | native_rules)
}

native_rules() { # on stdin what iptables-save prints, what nft lists, and what it lists if that print is loaded
  awk '
    function plain(line) {
      sub(/^\t+/, " ", line)
      sub(/ # handle [0-9]+$/, " ", line)
      gsub(/ counter /, " ", line)
      sub(/@connlimit[0-9]+ /, "@connlimit ", line)
      return line
    }
    /^#(live|listed|printed)$/ { part = $0; next }
    part == "#live" && /^# Table .* is incompatible/ { gsub(/[^a-z]/, "", $3); hidden = hidden " " $3 }
    part == "#live" && /^\*/ { table = substr($0, 2) }
    part == "#live" && /^:/ { chain = table " " substr($1, 2); chains[++count] = chain; known[chain] }
    part == "#live" && /^-A / { chain = table " " $2; live[chain, ++lives[chain]] = $0 }
    part == "#live" { next }
    /^table / { table = $3 }
    /^\tchain / { chain = table " " $2 }
    !/^\t\t.* # handle [0-9]+$/ || !(chain in known) { next }
    part == "#listed" { listed[chain, ++lists[chain]] = $0 }
    part == "#printed" { printed[chain, ++prints[chain]] = plain($0); is_printed = 1 }
    END {
      if (hidden) { print "#hidden" hidden; exit }
      for (i = 1; i <= count; i++) {
        chain = chains[i]
        if (lives[chain] != lists[chain] || (is_printed && lists[chain] != prints[chain])) { print "#moved"; exit }
        for (k = 1; k <= lists[chain]; k++) {
          rule = listed[chain, k]
          if (is_printed ? plain(rule) == printed[chain, k] : rule ~ /[\t ]counter /) continue
          # Only iptables makes these, and nft prints one of them now so, now in its own words
          if (rule " " printed[chain, k] ~ /[\t ]xt (match|target) /) continue
          sub(/^\t+/, "", rule)
          sub(/ /, "\t", chain)
          found = found chain "\t" live[chains[i], k] "\t" rule "\n"
          chain = chains[i]
        }
      }
      if (found) printf "%s", found
      else if (is_printed) print "#exact"
    }
  '
}

# Of tables that iptables cannot print: the rules with an expression that it does not know, else those without a
# counter.
hidden_rules() { # FAMILY TABLES
  nft_family_of "$1"
  timeout -s KILL $restore_seconds nft --debug=netlink -s -a list ruleset "$nft_family" 2>/dev/null | TABLES=$2 awk '
    BEGIN { split(ENVIRON["TABLES"], list, " "); for (i in list) hidden[list[i]] }
    /^ip6? / { handle = $2 " " $4 }
    /^  \[ / && $2 !~ /^(match|target|payload|meta|cmp|bitwise|counter|immediate|lookup|range)$/ &&
      !/^  \[ (limit .* type packets flags 0x0|log group) / { unknown[handle]; has_unknown = 1 }
    /^table / { table = $3 }
    /^\tchain / { chain = $2 }
    /^\t\t.* # handle [0-9]+$/ && table in hidden { row[++n] = table "\t" chain "\t\t" substr($0, 3); id[n] = table " " $NF }
    END { for (i = 1; i <= n; i++) if (has_unknown ? id[i] in unknown : row[i] !~ /[\t ]counter /) print row[i] }
  '
}

# In a scratch namespace: what nft lists of the rules on stdin.
printed() { # FAMILY
  names_of "$1"
  wanted=$(cat)
  create_sets "$1"
  printf '%s\n' "$wanted" | timeout -s KILL $restore_seconds "$command-restore" && nft_list "$1"
}

nft_family_of() { # FAMILY, into $nft_family
  case $1 in ?4) nft_family=ip ;; *) nft_family=ip6 ;; esac
}

nft_list() { # FAMILY
  nft_family_of "$1"
  timeout -s KILL $restore_seconds nft -s -a list ruleset "$nft_family" 2>/dev/null
}

# Those that -D does not take as they are printed: mostly none, and there may be thousands. All of a table are deleted in their order,
# so each is found at the head; last comes a line that must fail, so nothing is done. The first one that fails is named by its line.
find_misfits() { # of $doubtful, until $give_up, into $misfits
  misfits=$(printf '%s\n' "$doubtful" | awk -F '\t' '$1 != 1 && NF > 4')
  for table in $(printf '%s\n' "$doubtful" | awk -F '\t' '!seen[$2]++ { print $2 }'); do
    asked=$(printf '%s\n' "$doubtful" | TABLE=$table awk -F '\t' '$2 == ENVIRON["TABLE"] && ($1 == 1 || NF == 4)')
    while [ -n "$asked" ]; do
      errors=$(printf '%s\n' "$asked" | deletions | XTABLES_LOCKFILE=/dev/null timeout -s KILL $restore_seconds "$command-restore" --noflush 2>&1)
      number=${errors##*line}
      number=${number#:}
      number=${number# }
      number=${number%%[!0-9]*}
      uptime_seconds
      # If it names none it could not be asked. What is not known is taken as printed: a change that is wrong in that fails as a whole.
      if [ -z "$number" ] || [ "$now" -ge "$give_up" ]; then break; fi
      misfit=$(printf '%s\n' "$asked" | rows_at "$number" yes)
      [ -n "$misfit" ] || break
      misfits=$misfits${misfits:+$newline}$misfit
      asked=$(printf '%s\n' "$asked" | rows_at "$number" no)
    done
  done
}

# A -D line for each time that a row's rule stands in its table, and then a question about a chain that cannot be there.
deletions() {
  NONCE=$nonce awk -F '\t' '
    NR == 1 { print "*" $2 }
    { for (i = 0; i < $1; i++) print "-D " substr($3, 4) }
    END { for (i = 0; i < 2; i++) print "-C mailfw-" substr(ENVIRON["NONCE"], 1, 16) i " -j ACCEPT"; print "COMMIT" }
  '
}

# The row whose deletions have that line, or all others.
rows_at() { # LINE yes|no
  awk -F '\t' -v at="$1" -v there="$2" '
    BEGIN { line = 1 }
    { line += $1; found = at <= line && at > line - $1 }
    found == (there == "yes")
  '
}

# Of a rule that prints alike with another one of its chain exactly one spelling must stand: two could not be told apart.
spelling_of() { # COUNT TABLE CANDIDATES, prints it
  uptime_seconds
  [ "$now" -lt "$give_up" ] || return 0
  case $1:$3 in
    1:* | *"$tab"*) ;;
    *) return 0 ;;
  esac
  spelling=''
  set -f
  IFS=$tab
  for candidate in $3; do
    if stands "$command" "$2" "$candidate"; then
      [ -z "$spelling" ] || return 0
      spelling=$candidate
      [ "$1" != 1 ] || break
    fi
  done
  printf '%s\n' "$spelling"
}

# Whether the rules of $live are those of wanted, if both are short: mostly they are. With a long text a shell's patterns and loops
# take time by its square, and another program does not.
is_as_wanted() { # FAMILY
  [ $((${#live} + ${#canonical})) -lt 20000 ] || return 1
  rules_in "$live"
  live_rules=$rules
  canonical_text=${canonical#*"$nonce text canonical-$1$newline"}
  rules_in "${canonical_text%%"$nonce "*}"
  [ "$rules" = "$live_rules" ]
}

rules_in() { # TEXT, into $rules
  rules=''
  set -f
  IFS=$newline
  for line in $1; do
    case $line in
      '*'* | -A*) rules=$rules$line$newline ;;
    esac
  done
  unset IFS
  set +f
}

# Canonical and live on stdin; a line COUNT, TABLE, RULE and its spellings for each that may have more than one. Nothing, where
# all rules are as wanted.
doubtful_rules() { # FAMILY
  awk -v nonce="$nonce" -v family="$1" '
    function without(text, option) {
      gsub(" --" option " [^ ]+", "", text)
      return text
    }
    # For iptables an address with its whole mask is another one than that without.
    function masked(text, words, count, i, all) {
      count = split(text, words, / /)
      for (i = 1; i <= count; i++) {
        if (i > 1 && words[i - 1] ~ /^--(ct(orig|repl)(src|dst)|tunnel-(src|dst))$/ && words[i] !~ /\//) words[i] = words[i] "/32"
        all = all (i > 1 ? " " : "") words[i]
      }
      return all
    }
    function add(text) {
      if (!((table, rule, text) in known)) spellings[table, rule] = spellings[table, rule] "\t" text
      known[table, rule, text] = 1
    }
    function add_without_masks(text) {
      add(text)
      add(without(text, "mask"))
      add(without(text, "connlimit-mask"))
      add(without(without(text, "mask"), "connlimit-mask"))
    }
    $1 == nonce { wanted = $3 == "canonical-" family; live = $2 == "live"; next }
    /^\*/ { table = substr($0, 2) }
    !/^-A / { next }
    wanted { expected[table, $2, ++length_of[table, $2]] = $0; missing++ }
    !live { next }
    { if (expected[table, $2, ++place[table, $2]] == $0) missing--; else differs = 1 }
    # One stands between the words of a row; only a comment holds it.
    /\t/ { next }
    count[table, $0]++ { next }
    {
      rule = $0
      add(rule)
      if (family ~ /4$/) {
        add_without_masks(rule)
        add_without_masks(masked(rule))
      } else if (rule !~ / -p /) {
        add($1 " " $2 " -p all" substr(rule, length($2) + 4))
      }
      tables[++n] = table
      rules[n] = rule
    }
    END {
      if (!differs && missing == 0) exit
      for (i = 1; i <= n; i++)
        printf "%d\t%s\t%s%s\n", count[tables[i], rules[i]], tables[i], rules[i], spellings[tables[i], rules[i]]
    }
  '
}

stands() { # COMMAND TABLE RULE: whether -C finds it
  printf '*%s\n-C %s\nCOMMIT\n' "$2" "${3#-A }" | XTABLES_LOCKFILE=/dev/null timeout -s KILL $restore_seconds "$1-restore" --noflush >/dev/null 2>&1
}

examine_other_firewalls() {
  setting ENABLED /etc/ufw/ufw.conf
  [ "$value" != yes ] || say firewall ufw
  if ! has_systemd && command -v firewall-cmd >/dev/null; then
    [ "$(firewall-cmd --state 2>/dev/null)" != running ] || say firewall firewalld
  fi
  if command -v nft >/dev/null; then
    native=$(nft list tables 2>/dev/null) || native=''
    [ -z "$native" ] || text native-tables "$native"
  fi
  for family in $present; do
    case $family in
      v4) names=/proc/net/ip_tables_names version=$version_v4 ;;
      v6) names=/proc/net/ip6_tables_names version=$version_v6 ;;
    esac
    names_of "$family"
    first_line "$names"
    case $version in
      *nf_tables*) [ -z "$line" ] || examine_other_backend "l${family#v}" ;;
      *legacy*) examine_other_backend "n${family#v}" ;;
    esac
  done
}

examine_other_backend() { # FAMILY there
  names_of "$1"
  command -v "$command-save" >/dev/null || return 0
  live=$("$command-save" 2>/dev/null) || live=''
  [ -n "$live" ] || return 0
  text "other-$family" "$live"
  [ $take_over = no ] || ask_spelling "$1"
}

# --- comparing ----------------------------------------------------------------------------------------------------

# Live as the controller computes it too: facts of the touched tables only, without foreign lines, counters and comments, so
# that an absent table equals an empty one with ACCEPT policies and the order of chains does not matter. The texts of all families
# come each behind a line `#FAMILY`; a line that is no fact gives an empty one.
# shellcheck disable=SC2016 # fields of awk's
facts_awk='
  function without_counters(line) {
    sub(/^\[[0-9]+:[0-9]+\] /, "", line)
    sub(/ \[[0-9]+:[0-9]+\]$/, "", line)
    sub(/[ \t]+$/, "", line)
    return line
  }
  function fact(line, rest, chain) {
    if (line ~ /^#[vnl][46]$/) family = substr(line, 2)
    if (line ~ /^\*/) { table = substr(line, 2); inside = (family ":" table) in touched }
    if (line !~ /^(:|-|\[)/ || !inside) return ""
    line = without_counters(line)
    if (line ~ foreign) return ""
    if (line ~ /^:/) {
      rest = substr(line, index(line, " ") + 1)
      return rest == "ACCEPT" ? "" : family " " table " " substr(line, 2, index(line, " ") - 2) " :" rest
    }
    rest = substr(line, 4)
    chain = substr(rest, 1, index(rest " ", " ") - 1)
    return sprintf("%s %s %s %06d %s", family, table, chain, ++rules[family, table, chain], substr(rest, length(chain) + 2))
  }
  function expect(file, line) {
    while ((getline line < file) > 0) { expected[line]; missing++ }
  }
  function see(line) {
    if (line == "") return
    if (line in expected) missing--
    else unexpected = 1
  }
  BEGIN {
    foreign = ENVIRON["FOREIGN"]
    split(ENVIRON["TABLES"], list, " ")
    for (i in list) touched[list[i]]
  }
  # One that holds certain native rules is left out by iptables-nft-save, which then ends with 0.
  /^# Table .* is incompatible/ {
    unread = $3
    gsub(/[^a-z]/, "", unread)
    if (((family == "" ? ENVIRON["FAMILY"] : family) ":" unread) in touched) hidden = 1
  }
'

normal_form() {
  TABLES=$tables FOREIGN=$foreign awk "$facts_awk"'{ line = fact($0) } line != "" { print line }' | sort
}

# It ends with a line `#whole` if all was read: nothing, or half of what is live, is not all of it.
live_texts() { # [OPTION]
  whole=yes
  for family in $families $others; do
    echo "#$family"
    names_of "$family"
    save_rules "$@" || whole=no
  done
  [ $whole = no ] || echo '#whole'
}

# A guard does not wait for ever.
save_rules() { # [OPTION]; of $family and its $command
  # Without its list of tables iptables-legacy-save prints nothing, and says that it succeeded
  [ -e /proc/net/dev ] || ! grep -q legacy "$attempt/backend.$family" 2>/dev/null || return 1
  case $command in
    iptables) tool=$save_v4 ;;
    ip6tables) tool=$save_v6 ;;
    iptables-*) tool=$save_o4 ;;
    *) tool=$save_o6 ;;
  esac
  # shellcheck disable=SC2086 # a program and the name that it goes by
  timeout -s KILL $restore_seconds ${tool:-$command-save} "$@" 2>/dev/null
}

# Status 1: it was read, and is not.
live_is_expected() {
  live_texts | FILE=$attempt/expected TABLES=$tables FOREIGN=$foreign awk "$facts_awk"'
    BEGIN { expect(ENVIRON["FILE"]) }
    /^#whole$/ { whole = 1 }
    { see(fact($0)) }
    END { exit whole && !hidden ? unexpected || missing != 0 : 3 }
  '
}

# What undoes a change of one family, from texts on stdin behind marks: `#left` (lines of the old rules that cannot be loaded, as
# `TABLE LINE`), `#start` (live when the revert began), `#now`. Foreign rules stay in the order that their owners gave them; of one that
# was there before and that nobody moved since, the place among our rules is part of the old rules. Status 2: live could not be read.
# shellcheck disable=SC2016 # fields of awk's
ladder_awk=$facts_awk'
  function name_of(c) { return substr(c, index(c, " ") + 1) }
  function target_of(line, place) {
    gsub(/"([^"\\]|\\.)*"/, "", line)
    place = match(line, / -[jg] [^ ]+/)
    return place ? substr(line, place + 4, RLENGTH - 4) : ""
  }
  function open_rule(name, outward) {
    outward = name ~ /^(OUTPUT|POSTROUTING)$/
    return "-A " name (outward ? " -d " : " -s ") client " -p tcp -m tcp --" (outward ? "s" : "d") "port " port comment " -j ACCEPT"
  }
  function is_open_rule(line, name) {
    return index(line, mark) || (client != "" && comment == "" && line == open_rule(name))
  }
  function declare(c, line) {
    if (!((side, c) in policy)) chains[++chain_count] = c
    policy[side, c] = substr(line, index(line, " ") + 1)
    if (line ~ foreign) foreign_chain[c]
  }
  function take(line, c, k, name) {
    if (line ~ /^\*/) { table = substr(line, 2); inside = (ENVIRON["FAMILY"] ":" table) in touched; return }
    if (!inside || line !~ /^(:|-A|\[)/) return
    line = without_counters(line)
    if (line ~ /^:/) { declare(table " " substr(line, 2, index(line, " ") - 2), line); return }
    name = substr(line, 4, index(substr(line, 4) " ", " ") - 1)
    c = table " " name
    if (side == 1 && (table " " line) in left) { raw[c]++; return }
    k = ++size[side, c]
    printed[side, c, k] = line
    mine[side, c, k] = (line !~ foreign || (table " " line) in claimed) && (side == 1 || !((table " " line) in alien))
    if (mine[side, c, k]) {
      if (is_open_rule(line, name)) line = mark
      rule[side, c, k] = line
      ours[side, c]++
      if (side == 1) raw[c]++
      return
    }
    theirs[side, c]++
    k = ++times[side, c, line]
    before[side, c, line, k] = ours[side, c] + 0
    if (side == 1) raw_before[c, line, k] = raw[c] + 0
    if (side == 3) jumped_to[table " " target_of(line)]
  }
  function may_drop(s, c, i, name) {
    name = name_of(c)
    if (c ~ /^nat / || name !~ /^(PREROUTING|INPUT|OUTPUT|POSTROUTING)$/) return 0
    if ((s, c) in policy && policy[s, c] != "ACCEPT") return 1
    for (i = 1; i <= size[s, c]; i++)
      if (mine[s, c, i] && target_of(printed[s, c, i]) !~ /^(ACCEPT|RETURN|LOG|NFLOG|MARK|CONNMARK|SET|CT|TCPMSS)?$/) return 1
    return 0
  }
  # Our old rules of a chain, onto list, and as they are loaded onto texts: an earlier revert may have kept another way open.
  function old_rules(c, i, n) {
    n = 0
    if (c in opened) { list[++n] = mark; texts[n] = open_rule(name_of(c)) }
    for (i = 1; i <= size[1, c]; i++) if (mine[1, c, i]) { list[++n] = rule[1, c, i]; texts[n] = printed[1, c, i] }
    return n
  }
  # How many of our rules shall stand before each foreign one of a chain, onto at; held: that it counts.
  function places(c, all, i, k, n, line, stood, lim) {
    for (i = 1; i <= size[3, c]; i++) {
      if (mine[3, c, i]) continue
      line = printed[3, c, i]
      k = ++nth[line]
      stood = before[3, c, line, k]
      held[++n] = 0
      at[n] = stood == ours[3, c] && stood > 0 || stood > all ? all : stood
      if (times[1, c, line] != times[3, c, line] || (has_start && times[1, c, line] != times[2, c, line])) continue
      stood = before[2, c, line, k]
      lim = before[1, c, line, k] + (c in opened)
      # Ours come first after the snapshot was loaded: its owner did not move it
      if (!loaded && has_start && stood != 0 && stood != raw_before[c, line, k] && stood != lim) continue
      held[n] = 1
      at[n] = lim
    }
    for (line in nth) delete nth[line]
    lim = all
    for (i = n; i > 0; i--) {
      if (at[i] > lim) at[i] = lim
      if (held[i]) lim = at[i]
    }
    for (i = 2; i <= n; i++) if (at[i] < at[i - 1]) at[i] = at[i - 1]
    return n + 0
  }
  function has_old_rules(c, i, k, n) {
    n = old_rules(c)
    if (n != ours[3, c] + 0) return 0
    k = 0
    for (i = 1; i <= size[3, c]; i++) if (mine[3, c, i] && list[++k] != rule[3, c, i]) return 0
    places(c, n)
    k = n = 0
    for (i = 1; i <= size[3, c]; i++) {
      if (mine[3, c, i]) k++
      else if (held[++n] && at[n] != k) return 0
    }
    return 1
  }
  function is_built_in(c) {
    return ((1, c) in policy && policy[1, c] != "-") || ((3, c) in policy && policy[3, c] != "-")
  }
  function policy_of(s, c) { return (s, c) in policy ? policy[s, c] : is_built_in(c) ? "ACCEPT" : "" }
  # A chain that came with the change stays while another program uses it.
  function stays(c) { return theirs[3, c] > 0 || c in jumped_to || (c " :") in left }
  function goes(c) { return policy_of(1, c) == "" && !(c in foreign_chain) }
  function is_as_it_was(c) {
    if (c in foreign_chain) return !((3, c) in policy) || has_old_rules(c)
    if (goes(c)) return !((3, c) in policy) || (stays(c) && ours[3, c] + 0 == 0)
    return policy_of(1, c) == policy_of(3, c) && has_old_rules(c)
  }
  function add(to, line) { lines[to] = lines[to] line "\n" }
  function take_out(c, i) {
    if (by_number) { for (i = size[3, c]; i > 0; i--) if (mine[3, c, i]) add("out", "-D " name_of(c) " " i); return }
    for (i = 1; i <= size[3, c]; i++) if (mine[3, c, i]) add("out", "-D " substr(printed[3, c, i], 4))
  }
  function put_in(c, i, j, n, f, name, text) {
    n = old_rules(c)
    f = places(c, n)
    name = name_of(c)
    for (i = j = 1; i <= n; i++) {
      while (j <= f && at[j] < i) j++
      text = substr(texts[i], length(name) + 5)
      add("in", j > f ? "-A " name " " text : "-I " name " " i + j - 1 " " text)
    }
  }
  function rebuild(c) {
    if (is_as_it_was(c)) return
    take_out(c)
    if (goes(c)) { if (!stays(c)) add("gone", "-X " name_of(c)); return }
    if (!(c in foreign_chain) && policy_of(1, c) != policy_of(3, c)) add("declared", ":" name_of(c) " " policy_of(1, c) " [0:0]")
    put_in(c)
  }
  function open(c) {
    if (may_drop(3, c) && (!mine[3, c, 1] || rule[3, c, 1] != mark)) add("in", "-I " name_of(c) " 1 " substr(open_rule(name_of(c)), length(name_of(c)) + 5))
  }
  # Without knowing what is live: nothing of another program is flushed, there our old rules come first.
  function load_old(c, i, n, name, flushed) {
    if (c in foreign_chain || !((1, c) in policy)) return
    name = name_of(c)
    flushed = c
    sub(/ /, ":", flushed)
    flushed = !theirs[1, c] && !index(native, " " flushed " ") && (native != "all" || !is_built_in(c))
    if (is_built_in(c) || flushed) add("declared", ":" name " " policy[1, c] " [0:0]")
    if (is_built_in(c) && flushed) add("out", "-F " name)
    n = old_rules(c)
    for (i = 1; i <= n; i++)
      add("in", (flushed ? "-A " name " " : "-I " name " " i " ") substr(texts[i], length(name) + 5))
  }
  function commit(wanted, i, c) {
    lines["out"] = lines["gone"] = lines["declared"] = lines["in"] = ""
    for (i = 1; i <= chain_count; i++) {
      c = chains[i]
      if (c in done || index(c, wanted " ") != 1) continue
      done[c]
      if (mode == "open") open(c)
      else if (mode == "snapshot") load_old(c)
      else rebuild(c)
    }
    c = lines["out"] lines["gone"] lines["declared"] lines["in"]
    if (c != "") printf "*%s\n%sCOMMIT\n", wanted, c
  }
  BEGIN {
    mode = ENVIRON["MODE"]
    by_number = mode == "numbers"
    native = ENVIRON["NATIVE"]
    loaded = ENVIRON["LOADED"] != ""
    client = ENVIRON["CLIENT"]
    port = ENVIRON["PORT"]
    mark = "--comment \"" ENVIRON["COMMENT"] "\""
    comment = ENVIRON["UNCOMMENTED"] == "" ? " -m comment " mark : ""
    while ((getline line < ENVIRON["CLAIMED"]) > 0) claimed[line]
    k = split(ENVIRON["ALIEN"], list, "\n")
    for (i = 1; i <= k; i++) alien[list[i]]
  }
  /^#left$/ { next }
  /^#start$/ {
    side = 1
    while ((getline line < ENVIRON["SNAPSHOT"]) > 0) { take(line); has_snapshot = 1 }
    for (i = 1; i <= chain_count; i++) if (client != "" && may_drop(1, chains[i])) opened[chains[i]]
    side = 2
    next
  }
  /^#now$/ { side = 3; hidden = 0; next }
  /^#whole$/ { read_all = !hidden; next }
  !side { left[$0]; next }
  side == 2 && /^:/ { has_start = 1 }
  { take($0) }
  END {
    if (!has_snapshot || (mode != "snapshot" && !read_all)) exit 2
    if (mode == "compare") {
      for (i = 1; i <= chain_count; i++) if (!is_as_it_was(chains[i])) exit 1
      exit 0
    }
    commit("filter")
    for (name in touched) if (index(name, ENVIRON["FAMILY"] ":") == 1 && name !~ /:filter$/) commit(substr(name, 4))
  }
'

is_as_before() { # FAMILY; status 2: live cannot be read
  ask_ladder "$1" compare
}

ask_ladder() { # FAMILY compare|rules|numbers|open|snapshot; of $live_begun, $left, $client, $uncommented, $native and $alien
  names_of "$1"
  was_loaded=''
  [ ! -e "$attempt/loaded.$1" ] || was_loaded=yes
  { printf '#left\n%s#start\n%s\n#now\n' "$left" "$live_begun" && [ "$2" != snapshot ] && save_rules && echo '#whole'; } |
    TABLES=$tables FOREIGN=$foreign FAMILY=$1 MODE=$2 CLAIMED=$attempt/claimed.$1 SNAPSHOT=$attempt/snapshot.$1 \
      CLIENT=$client PORT=$ssh_port COMMENT=$kept_open UNCOMMENTED=$uncommented NATIVE=$native ALIEN=$alien LOADED=$was_loaded awk "$ladder_awk"
}

# --- the attempt --------------------------------------------------------------------------------------------------

# Whether a process is there and is the one that wrote `PID START` (a number may have been given to another since). It is gone when
# /proc says so, not when nothing can be read.
is_there() { # PID START; also into $process_state
  process_state=''
  [ -n "$1" ] || return 1
  if ! { read -r stat <"/proc/$1/stat"; } 2>/dev/null; then
    [ -e "/proc/$1/stat" ] || [ ! -e /proc/self/stat ]
    return
  fi
  set -f
  # shellcheck disable=SC2086 # fields 3 and later, those behind the name
  set -- "$2" ${stat##*) }
  set +f
  process_state=$2
  case $2 in Z | X) return 1 ;; esac
  [ "$1" = "${21}" ]
}

is_running() { # PID START: it does not stand still either
  is_there "$1" "$2" && [ "$process_state" != T ]
}

start_time() { # PID, into $start, which stays when it cannot be read
  { read -r stat <"/proc/$1/stat"; } 2>/dev/null || return 0
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

# Before the state says that the old rules are back. The first line: guard, run, hand WHO, recovery WHO or failure CODE.
note_revert() { # BY [DETAIL]
  printf '%s\n' "$@" 2>/dev/null >"$attempt/reverted-by"
}

say_reverted_by() {
  file_text "$attempt/reverted-by"
  [ -z "$content" ] || text reverted-by "${content%"$newline"}"
}

# What became of attempts whose place others take: the last 20, newest first, until a reboot.
remember_attempt() {
  case $state in
    reverted | revert-failed) ;;
    *) return 0 ;;
  esac
  first_line "$attempt/reverted-by"
  {
    echo "$attempt_id $state $line"
    [ ! -r "$run/past" ] || sed 19q "$run/past"
  } 2>/dev/null >"$run/past.new" && mv -f "$run/past.new" "$run/past"
}

# What the steps of an attempt need; status 3, if not all of it could be read.
load_attempt() { # into $id, $foreign, $tables, $families, $lock_option
  id=$attempt_id loaded=0
  first_line "$attempt/foreign" || loaded=3
  foreign=$line
  first_line "$attempt/tables" || loaded=3
  tables=$line
  name_others
  first_line "$attempt/families" || loaded=3
  families=$line
  first_line "$attempt/lock-option" || loaded=3
  lock_option=$line
  return $loaded
}

log() {
  [ $is_quiet = no ] || return 0
  uptime_seconds
  echo "$now $*" 2>/dev/null >>"$attempt/log"
}

# The lock is one for a host: flock(1) on descriptor 9, or where that is missing a hard link, which is made whole or not at all.
# The holder's file tells who has it.
take_lock() { # SECONDS
  uptime_seconds
  give_up=$((now + $1))
  start_time $$
  [ -d "$run" ] || mkdir -m 0700 "$run" 2>/dev/null
  until try_lock; do
    uptime_seconds || now=$((now + 1))
    [ "$now" -lt "$give_up" ] || return 1
    nap
  done
  holds_lock=yes
}

# One that this process took before it was begun again is its own.
try_lock() { # else $lock_fault
  lock_fault=busy
  first_line "$run/holder"
  if [ -n "$start" ] && [ "$line" = "$$ $start" ] && owns_lock; then
    return 0
  fi
  if command -v flock >/dev/null; then
    # `command`, for a redirection of exec that fails would end this shell.
    { command exec 9>>"$run/lock"; } 2>/dev/null || lock_fault=disk-full
    [ $lock_fault = busy ] && flock -n 9 || return 1
    [ ! -L "$run/holder" ] || rm -f "$run/holder"
    echo "$$ $start" 2>/dev/null >"$run/holder" || :
  else
    if [ -e "$run/lock.$$" ] || [ -L "$run/lock.$$" ]; then rm -f "$run/lock.$$"; fi
    set -C
    echo "$$ $start" 2>/dev/null >"$run/lock.$$" || lock_fault=disk-full
    set +C
    [ $lock_fault = busy ] && { link_lock || { break_lock && link_lock; }; }
    linked=$?
    rm -f "$run/lock.$$" "$run/broken.$$"
    return $linked
  fi
}

owns_lock() { # of whom the holder's file names
  ! command -v flock >/dev/null || flock -n 9 2>/dev/null
}

link_lock() {
  ln "$run/lock.$$" "$run/holder" 2>/dev/null
}

# Whoever holds it is dead. What was moved away may be another's by now: then it goes back.
break_lock() {
  holder_lives && return 1
  mv "$run/holder" "$run/broken.$$" 2>/dev/null || return 0
  first_line "$run/broken.$$"
  is_there "${line%% *}" "${line#* }" || return 0
  ln "$run/broken.$$" "$run/holder" 2>/dev/null
  return 1
}

# One that stands still may go on at any time, and knows nothing of what was done meanwhile.
holder_lives() { # also into $line
  first_line "$run/holder"
  is_there "${line%% *}" "${line#* }"
}

release_lock() {
  [ $holds_lock = yes ] || return 0
  holds_lock=no
  if command -v flock >/dev/null; then
    exec 9>&-
  else
    rm -f "$run/holder"
  fi
}

nap() {
  sleep 0.02 2>/dev/null || sleep 1
}

apply() {
  trap '' HUP INT PIPE
  # Before the lock is taken, so that nobody has to wait for it, and once more under it.
  ! is_cancelled || fail cancelled
  if ! take_lock 0; then
    # A guard that goes on after a failed revert holds it for a try.
    read_state
    if [ "$state" != revert-failed ] || ! take_lock 20; then fail $lock_fault; fi
  fi
  ! is_cancelled || fail cancelled
  # An apply that was killed before it armed may have taken the place of an attempt whose guard goes on
  read_state
  case $state in '' | prepared) [ ! -d "$going" ] || give_place_back ;; esac
  if [ -d "$attempt" ]; then
    known_format "$attempt"
    read_attempt
    case $state in
      '' | prepared | confirmed | reverted | revert-failed) ;;
      *) fail busy "$(describe_attempt)" ;;
    esac
  fi
  # Saved files and holds are not among the facts of live that are compared.
  newest_generation
  [ "$generation" = "$examined_generation" ] || fail live-changed
  rm -rf "$coming" "$going"
  if [ -d "$attempt" ] && [ "$state" = revert-failed ]; then
    { undo_confirmation && put_back_saved; } 2>/dev/null || fail disk-full
    # Its guard goes on if this one is refused
    attempt=$coming
  elif [ -e "$attempt" ]; then
    remember_attempt
    rm -rf "$attempt" "$second"
  fi
  prepare 2>/dev/null || give_up_before disk-full
  keep_saved 2>/dev/null
  case $? in
    0) ;;
    3) give_up_before live-changed ;;
    *) give_up_before disk-full ;;
  esac
  take_snapshots 2>/dev/null
  case $? in
    0) ;;
    3) give_up_before live-changed ;;
    *) give_up_before disk-full ;;
  esac
  know_backends 2>/dev/null || give_up_before disk-full
  keep_sets 2>/dev/null || give_up_before disk-full
  snapshot_is_good || give_up_before snapshot-refused "$errors"
  # However long it took until here
  set_deadline "$seconds" 2>/dev/null || give_up_before disk-full
  take_place || give_up_before disk-full
  launch_guard
  guard_starts || give_up_before guard-missing
  become_state armed || give_up_before disk-full
  forget_going
  # What another backend was given, nothing would take back.
  for family in $families $others; do
    is_as_armed "$family" restore || revert_after_failure other-backend-now "$command-restore: $said"
    load_rules "$family" forward || revert_after_failure apply-refused "$errors"
  done
  if [ "$expected" = any ]; then
    live_texts | normal_form 2>/dev/null >"$attempt/expected"
    live_sum=$(sha256sum <"$attempt/expected")
    live_sum=${live_sum%% *}
  else
    live_is_expected || revert_after_failure not-as-wanted "$(live_texts | normal_form)"
    live_sum=$expected
  fi
  if ! echo "$live_sum" 2>/dev/null >"$attempt/applied" || ! become_state applied; then
    revert_after_failure disk-full
  fi
  release_lock
  log applied
  uptime_seconds
  say applied "$live_sum" "$((deadline - now))"
  if [ "$expected" = any ]; then
    for family in $families; do
      names_of "$family"
      text "live-$family" "$("$command-save" 2>/dev/null)"
    done
  fi
}

# Of an attempt whose revert failed.
take_place() {
  [ "$attempt" = "$coming" ] || return 0
  mv "$run/attempt" "$going" && mv "$coming" "$run/attempt" && attempt=$run/attempt
}

give_place_back() {
  rm -rf "$attempt"
  attempt=$run/attempt
  [ ! -d "$going" ] || mv "$going" "$attempt"
}

forget_going() {
  [ -d "$going" ] || return 0
  attempt=$going
  read_attempt
  remember_attempt
  end_guard
  rm -rf "$going"
  attempt=$run/attempt
  read_attempt
}

is_cancelled() { # of $id
  [ -e "$run/cancelled.$id" ]
}

prepare() {
  mkdir -m 0700 "$attempt" && true >"$attempt/state.prepared" || return 1
  state=prepared
  boot_id
  echo $format >"$attempt/format" &&
    echo "$id" >"$attempt/id" &&
    echo "$boot" >"$attempt/boot" &&
    printf '%s\n' "$foreign" >"$attempt/foreign" &&
    echo "$tables" >"$attempt/tables" &&
    echo "$families" >"$attempt/families" &&
    echo "$lock_option" >"$attempt/lock-option" &&
    echo "${SSH_CONNECTION:-$session}" >"$attempt/session" &&
    printf '%s\n' "$program" >"$attempt/program" &&
    true >"$attempt/errors" || return 1
  unpack "$attempt"
}

# The snapshot names every table that we touch, also where the kernel had none: restoring an empty dump reverts nothing. Before the first
# change ever all that was found, with and without foreign lines, for generation 0. Status 3: live is not what was examined.
take_snapshots() {
  find_all=''
  [ -d "$generations/0" ] || find_all=yes
  live_texts -c | ATTEMPT=$attempt TABLES=$tables FOREIGN=$foreign ALL=$find_all awk "$facts_awk"'
    function keep(line) {
      if (inside) print line > snapshot
      if (inside && line ~ /-set /) name_sets(without_counters(line))
      if (!all) return
      print line > found
      if (without_counters(line) !~ foreign) print line > bare
    }
    function name_sets(line, words, count, i) {
      if (line ~ foreign && !((family, table " " line) in claimed)) return
      count = split(line, words, " ")
      for (i = 1; i < count; i++) if (words[i] ~ /^--(match|add|del|map)-set$/) print words[i + 1] > sets
    }
    function add_absent_tables(line, known) {
      while ((getline line < (ENVIRON["ATTEMPT"] "/blank." family)) > 0) {
        inside = 1
        if (line ~ /^\*/) known = (family, line) in present
        if (!known) keep(line)
      }
    }
    # Not every awk tells when it could not write.
    function is_whole(file, line, last) {
      print "#end" > file
      close(file)
      while ((getline line < file) > 0) last = line
      return last == "#end"
    }
    function finish() {
      if (family == "") return
      add_absent_tables()
      if (!is_whole(snapshot) || (all && (!is_whole(found) || !is_whole(bare)))) failed = 1
    }
    function begin(name, line) {
      while ((getline line < (ENVIRON["ATTEMPT"] "/claimed." name)) > 0) claimed[name, line]
      snapshot = ENVIRON["ATTEMPT"] "/snapshot." name
      found = ENVIRON["ATTEMPT"] "/found." name
      bare = ENVIRON["ATTEMPT"] "/bare." name
      backend = ENVIRON["ATTEMPT"] "/backend." name
      print > snapshot
      if (all) { print > found; print > bare }
    }
    BEGIN {
      all = ENVIRON["ALL"] != ""
      sets = ENVIRON["ATTEMPT"] "/set-names"
      expect(ENVIRON["ATTEMPT"] "/examined")
    }
    /^#whole$/ { whole = 1 }
    /^#[vnl][46]$/ { finish(); begin(substr($0, 2)) }
    { see(fact($0)) }
    /^# Generated by / { print(/nf_tables/ ? "nf_tables" : "legacy") > backend }
    /^#/ { next }
    /^\*/ { present[family, $0] }
    { keep($0) }
    END {
      finish()
      if (failed || !whole) exit 1
      if (unexpected || missing != 0 || hidden) exit 3
    }
  '
}

# The sets that our part of the old rules names, as `ipset restore` takes them: a list behind its members. Of one that has more than
# 1 MiB only the head, and a line `#cut NAME`.
keep_sets() {
  [ -s "$attempt/set-names" ] || return 0
  command -v ipset >/dev/null || return 0
  kept_sets=''
  while read -r set_name; do
    keep_set "$set_name"
  done <"$attempt/set-names" >"$attempt/sets"
}

keep_set() { # NAME
  case "$kept_sets " in *" $1 "*) return 0 ;; esac
  kept_sets="$kept_sets $1"
  for member in $(save_set "$1" | sed -n '1{/^create [^ ]* list:set /!q;}; s/^add [^ ]* \([^ ]*\).*/\1/p'); do
    keep_set "$member"
  done
  save_set "$1" | awk '
    { size += length($0) + 1 }
    size > 1048576 { print head; print "#cut " name; cut = 1; exit }
    NR == 1 { head = $0; name = $2 }
    { line[NR] = $0 }
    END { if (!cut) for (i = 1; i <= NR; i++) print line[i] }
  '
}

save_set() { # NAME
  timeout -s KILL $restore_seconds ipset save "$1" 2>/dev/null
}

snapshot_is_good() { # else $errors
  for family in $families $others; do
    names_of "$family"
    # shellcheck disable=SC2002,SC2086 # by a pipe: see scratch; an option and its number
    errors=$(cat "$attempt/snapshot.$family" 2>/dev/null | timeout -s KILL $restore_seconds "$command-restore" --test $lock_option 2>&1)
    status=$?
    if [ $status != 0 ]; then
      errors=${errors:-$command-restore ended with $status}
      return 1
    fi
  done
}

# Of a host without any table iptables-save names none.
know_backends() {
  for family in $families $others; do
    [ ! -s "$attempt/backend.$family" ] || continue
    names_of "$family"
    case $("$command-restore" -V) in
      *nf_tables*) echo nf_tables ;;
      *) echo legacy ;;
    esac >"$attempt/backend.$family" || return 1
  done
}

# What is done to one backend is undone there: the other one may filter as well, and reads its own rules back. So each program is
# asked what it is. Instead of one that is another now, the guard's descriptor of the right one is run, or its own name.
choose_tools() { # into $restore_v4, $save_v4, $restore_v6, $save_v6
  first_line "$attempt/guard"
  held=/proc/${line%% *}/fd
  for family in $families $others; do
    names_of "$family"
    first_line "$attempt/backend.$family" || continue
    backend=$line
    case $family in
      v4)
        choose_tool iptables restore "$held/5"
        restore_v4=$tool
        choose_tool iptables save "$held/6"
        save_v4=$tool
        ;;
      v6)
        choose_tool ip6tables restore "$held/7"
        restore_v6=$tool
        choose_tool ip6tables save "$held/8"
        save_v6=$tool
        ;;
      *)
        case $family in n?) other_held=$held/3 ;; *) other_held=$held/4 ;; esac
        choose_tool "$command" restore "$other_held"
        other_restore=$tool
        choose_tool "$command" save "$other_held"
        case $family in
          ?4) restore_o4=$other_restore save_o4=$tool ;;
          *) restore_o6=$other_restore save_o6=$tool ;;
        esac
        ;;
    esac
  done
}

choose_tool() { # COMMAND restore|save DESCRIPTOR, into $tool; `false` if there is none
  [ "$backend" = legacy ] && infix=legacy || infix=nft
  for tool in "$1-$2" "$3 $1-$2" "$3" "$1-$infix-$2" "xtables-$infix-multi $1-$2"; do
    # shellcheck disable=SC2086 # a program and the name that it goes by
    ! is_of_backend $tool || break
    tool=false
  done
  [ "$tool" = "$1-$2" ] || log "$1-$2 is not $backend any more; $tool is run" || :
}

is_of_backend() { # PROGRAM [NAME]: of $backend, by what it says of itself, into $said
  said=$(timeout -s KILL 5 "$@" -V 2>&1 </dev/null)
  case $?:$backend:$said in
    12[4-7]:* | 137:*) return 1 ;;
    *:nf_tables:*nf_tables*) ;;
    *nf_tables*) return 1 ;;
    *:legacy:*tables*) ;;
    *) return 1 ;;
  esac
}

is_backend_as_armed() { # restore|save
  for family in $families $others; do
    is_as_armed "$family" "$1" || return 1
  done
}

is_as_armed() { # FAMILY restore|save
  names_of "$1"
  ! first_line "$attempt/backend.$1" || { backend=$line && is_of_backend "$command-$2"; }
}

# The guard must outlive this session: a service of systemd's, which comes back when killed, else a session of its own. It is seen
# alive when it has written its number after its traps were set.
launch_guard() {
  { has_systemd && systemd_guard; } || session_guard
}

session_guard() {
  setsid sh "$attempt/program" guard "$id" "$now" </dev/null >/dev/null 2>&1 9>&- &
}

# systemd may say that it runs and not run it. The window begins when somebody watches it.
guard_starts() {
  guard_appears || { has_systemd && session_guard && guard_appears; } || return 1
  set_deadline "$seconds" 2>/dev/null
}

set_deadline() { # SECONDS from now
  uptime_seconds
  deadline=$((now + $1))
  echo "$deadline" >"$attempt/deadline"
}

guard_appears() {
  uptime_seconds
  give_up=$((now + 5))
  until guard_alive; do
    uptime_seconds
    [ "$now" -lt "$give_up" ] || return 1
    nap
  done
}

# One that was killed is started again also when there is nothing to guard any more: without its condition for ever. systemd of
# Debian 13 looks at a ConditionPathExists= at the first start only.
systemd_guard() {
  timeout -s KILL 5 systemd-run --quiet --collect --unit "mailfw-guard-$id" -p Type=exec -p Restart=on-failure -p RestartSec=1 -p StartLimitIntervalSec=0 \
    -p "ExecCondition=/bin/sh -c 'test -e $attempt/program'" sh "$attempt/program" guard "$id" "$now" </dev/null >/dev/null 2>&1 9>&-
}

load_rules() { # FAMILY forward|inverse; else $errors and $status
  status=0
  ! has_rules "$1" "$2" || restore "$1" --noflush print_rules "$1" "$2"
}

# The change itself comes with the call; what undoes it is kept.
has_rules() { # FAMILY forward|inverse
  case $2 in
    forward) case " $tables" in *" $1:"*) ;; *) return 1 ;; esac ;;
    *) [ -s "$attempt/$2.$1" ] ;;
  esac
}

print_rules() { # FAMILY forward|inverse
  case $2 in
    forward) "input_forward_$1" cat ;;
    *) cat "$attempt/$2.$1" ;;
  esac
}

# The one place where rules are written, from what a command prints. Always by a pipe: a confined iptables may not read a file of ours.
restore() { # FAMILY OPTION COMMAND...; else $errors and $status
  names_of "$1"
  restore_option=$2
  case $1 in
    v4) tool=$restore_v4 ;;
    v6) tool=$restore_v6 ;;
    ?4) tool=$restore_o4 ;;
    *) tool=$restore_o6 ;;
  esac
  shift 2
  # shellcheck disable=SC2086 # words
  errors=$(
    exec 9>&-
    "$@" 2>/dev/null | MAILFW_ATTEMPT=$id timeout -s KILL $restore_seconds ${tool:-$command-restore} $restore_option $lock_option 2>&1
  )
  status=$?
  [ $status = 0 ] || errors="$command-restore ended with $status${errors:+: $errors}"
  return $status
}

# Before the first rule was touched: nothing to put back.
give_up_before() { # CODE [DETAIL]
  end_attempt reverted
  if [ "$attempt" = "$coming" ] || [ -d "$going" ]; then
    give_place_back
  else
    rm -rf "$attempt" "$second"
  fi
  restore_cause
  fail "${cause:-$1}" "${2:-}"
}

revert_after_failure() { # CODE [DETAIL]
  code=$1
  detail=${2:-}
  restore_cause
  code=${cause:-$code}
  note_revert "failure $code" "$detail"
  settle_revert 3
  say_rungs
  case $back in
    0) fail "$code" "$detail" ;;
    3) fail revert-partial "$(lost_rules)" ;;
  esac
  fail revert-failed "$detail$newline$errors"
}

# Puts the old rules back, and names the state that the attempt has then. If they are not all back its guard goes on, unless live
# becomes another than what is left here.
settle_revert() { # ROUNDS, into $back
  put_back "$1"
  rm -f "$attempt/left"
  if [ "$back" = 0 ]; then
    end_attempt reverted
  else
    live_facts 2>/dev/null >"$attempt/left"
    [ "$state" = revert-failed ] || become_state revert-failed
  fi
}

lost_rules() {
  cat "$attempt/lost-sets" "$attempt"/lost.[vnl][46] 2>/dev/null
}

say_rungs() {
  for family in $families; do
    first_line "$attempt/rung.$family"
    [ -z "$line" ] || say rung "$family" "$line"
  done
  [ "$state" = reverted ] || text lost "$(lost_rules)"
}

# The ladder: the inverse of the change, then our old rules around the foreign ones as they are live now, then without the lines that
# cannot be loaded. Each rung is read back. Saved files that were moved before the attempt was given up go back too. Status 0: the old
# rules are back, 3: without some of them, 1: they are not.
put_back() { # ROUNDS
  end_restores
  make_sets
  round=1
  while :; do
    choose_tools
    back=0
    { [ $loaded = 0 ] && undo_confirmation; } || back=1
    # While the old rules come back in the other backend, the new ones still filter in this one
    for family in $others $families; do
      put_back_family "$family"
      case $?:$back in
        0:* | 3:1) ;;
        3:*) back=3 ;;
        *) back=1 ;;
      esac
    done
    put_back_saved || back=1
    [ $back = 1 ] && [ $round -lt "$1" ] || return $back
    round=$((round + 1))
    sleep 1
  done
}

# A restore that its shell did not outlive would change the rules after they were put back.
end_restores() {
  grep -ls "MAILFW_ATTEMPT=$id" /proc/[0-9]*/environ | while IFS=/ read -r _ _ process _; do
    kill -9 "$process" 2>/dev/null
  done
}

# Those of the kept sets that are gone are made again; one that is there is as its administrator wants it. What one lost that was too large
# to keep is remembered: it may let nobody in.
make_sets() { # into $lost_sets
  [ ! -s "$attempt/sets" ] || {
    timeout -s KILL $restore_seconds ipset list -n 2>/dev/null | cat - "$attempt/sets" | awk '
      NF == 1 { there[$1]; next }
      !($2 in there) && $1 == "create" && !named[$2]++ { print $2 }
    '
  } | while read -r set_name; do
    if grep -F " $set_name " "$attempt/sets" | awk -v name="$set_name" '$2 == name' |
      timeout -s KILL $restore_seconds ipset restore -exist 2>/dev/null; then
      log "made the set $set_name again"
      ! grep -qxF "#cut $set_name" "$attempt/sets" || echo "set $set_name" >>"$attempt/lost-sets"
    else
      log "the set $set_name could not be made again"
    fi
  done
  lost_sets=''
  [ ! -s "$attempt/lost-sets" ] || lost_sets=$(cat "$attempt/lost-sets")$newline
}

put_back_family() { # FAMILY; statuses of put_back
  left='' client='' ssh_port='' uncommented='' native='' alien='' status=0
  names_of "$1"
  live_begun=$(save_rules)
  [ -z "$lost_sets" ] || find_client "$1"
  if is_as_before "$1"; then
    [ -n "$lost_sets" ] || rm -f "$attempt/lost.$1"
    [ -z "$lost_sets" ] || return 3
    return
  fi
  [ -e "$attempt/lost.$1" ] || [ -e "$attempt/inverted.$1" ] || load_rules "$1" inverse || log "$1 inverse: $errors"
  is_as_before "$1"
  case $?:$status in
    0:*) put_back_by "$1" inverse ;;
    2:0)
      # A second time it could only do harm
      true >"$attempt/inverted.$1"
      unread=$(hidden_rules "$1" 'filter nat mangle raw security' | sed -n '1s/[[:space:]][[:space:]]*/ /gp')
      errors="$command-save does not print what is live now${unread:+; a rule of nft that it may not know: $unread}"
      return 1
      ;;
    2:*) load_snapshot "$1" ;;
    *)
      find_alien "$1"
      if [ -n "$alien" ] && is_as_before "$1"; then
        put_back_by "$1" inverse
      elif rebuild "$1" rules && is_as_before "$1"; then
        put_back_by "$1" rebuild
      else
        log "$1 rebuild: $errors"
        open_way "$1"
      fi
      ;;
  esac
}

put_back_by() { # FAMILY RUNG
  log "$1 put back by $2"
  echo "$2" 2>/dev/null >"$attempt/rung.$1"
  rm -f "$attempt/lost.$1"
  [ -n "$left$lost_sets" ] || return 0
  printf '%s' "$left" | sed "s/^/$1 /" 2>/dev/null >"$attempt/lost.$1"
  return 3
}

# Loads what the ladder says, first as it is printed, then with our present rules by their numbers: not every rule is deleted by
# what iptables prints of it. A line that is refused twice is left out.
rebuild() { # FAMILY rules|snapshot; onto $left
  mode=$2 refused_before='' tries=0
  while [ $tries -lt 1000 ]; do
    tries=$((tries + 1))
    change=$(ask_ladder "$1" "$mode") || return 1
    [ -n "$change" ] || return 0
    ! restore "$1" --noflush printf '%s\n' "$change" || return 0
    find_refused
    case $mode:$refused in
      rules:-D* | rules:) mode=numbers ;;
      *:-[AI]*) if [ "$refused" = "$refused_before" ]; then leave_out "$1"; else refused_before=$refused; fi ;;
      *:-X*) left="$left$refused_table ${refused#-X } :$newline" ;;
      *)
        restore_cause
        [ -z "$cause" ] && halve "$1" || return 1
        leave_out "$1"
        ;;
    esac
  done
  return 1
}

# Which line of $change that restore names in $errors, if it names one.
find_refused() { # into $refused and $refused_table
  number=$(printf '%s\n' "$errors" | sed -n '/line:\{0,1\} [0-9]/{s/.*line:\{0,1\} \([0-9]*\).*/\1/p;q;}')
  refused=$(printf '%s\n' "$change" | NUMBER=$number awk '/^[*]/ { table = substr($0, 2) } NR == ENVIRON["NUMBER"] { print table " " $0; exit }')
  refused_table=${refused%% *}
  refused=${refused#* }
}

# The first rule of $change that cannot be loaded, by loading ever fewer of them into a chain that nothing jumps to.
halve() { # FAMILY; into $refused and $refused_table
  for refused_table in $(printf '%s\n' "$change" | sed -n 's/^[*]//p'); do
    lines=$(printf '%s\n' "$change" | TABLE=$refused_table awk '/^[*]/ { inside = $0 == "*" ENVIRON["TABLE"] } inside && /^(:[^ ]+ - |-[AI] )/')
    high=$(printf '%s\n' "$lines" | grep -c '^-')
    low=0
    tries_well "$1" 0 || return 1
    ! tries_well "$1" "$high" || continue
    while [ $((high - low)) -gt 1 ]; do
      middle=$(((low + high) / 2))
      if tries_well "$1" $middle; then low=$middle; else high=$middle; fi
    done
    refused=$(printf '%s\n' "$lines" | sed -n '/^-/p' | sed -n "${high}p")
    return
  done
  return 1
}

tries_well() { # FAMILY COUNT: whether the first rules of $lines can be loaded
  text=$(printf '%s\n' "$lines" | TABLE=$refused_table COUNT=$2 awk '
    BEGIN { print "*" ENVIRON["TABLE"]; print ":mailfw-try - [0:0]" }
    /^:/ { print; next }
    n++ < ENVIRON["COUNT"] { sub(/^-A [^ ]+|^-I [^ ]+ [0-9]+/, "-A mailfw-try"); print }
    END { print "COMMIT" }
  ')
  restore "$1" --noflush printf '%s\n' "$text" || return 1
  text=$(printf '%s\n' "$lines" | TABLE=$refused_table awk '
    BEGIN { print "*" ENVIRON["TABLE"]; print "-F mailfw-try"; print "-X mailfw-try" }
    /^:/ { print "-X " substr($1, 2) }
    END { print "COMMIT" }
  ')
  restore "$1" --noflush printf '%s\n' "$text"
}

# Where its set is gone all that name it go with it. What keeps SSH open goes without its comment first.
leave_out() { # FAMILY, of $refused and $refused_table; onto $left
  refused_before=''
  case $uncommented:$refused in
    :*"\"$kept_open\""*) uncommented=yes ;;
    *)
      if [ -n "$client" ] && [ "$uncommented" = yes ] && [ "${refused%" --"?port "$ssh_port -j ACCEPT"}" != "$refused" ]; then
        client=''
        return
      fi
      left=$left$(
        TABLES=$tables FAMILY=$1 TABLE=$refused_table LINE=$refused awk "$facts_awk"'
          function set_of(line) { return match(line, /-set [^ ]+ /) ? substr(line, RSTART, RLENGTH) : "" }
          BEGIN {
            line = ENVIRON["LINE"]
            sub(/^-I [^ ]+ [0-9]+/, "-A " substr(line, 4, index(substr(line, 4), " ") - 1), line)
            print ENVIRON["TABLE"] " " line
            set = set_of(line)
          }
          /^[*]/ { table = substr($0, 2) }
          set != "" && index($0, set) { $0 = without_counters($0); if ($0 != line) print table " " $0 }
        ' "$attempt/snapshot.$1"
      )$newline
      find_client "$1"
      ;;
  esac
}

# Who made the attempt over SSH, where that came in this family.
find_client() { # FAMILY; into $client and $ssh_port
  first_line "$attempt/session"
  case $1:$line in
    ?4:*.*.*.*' '*) client=${line%% *}/32 ;;
    ?6:*:*' '*) client=${line%%[% ]*}/128 ;;
    *) return 0 ;;
  esac
  case ${line%% *} in *:*.*) client='' ;; esac
  ssh_port=${line##* }
}

# Rules of nft's own that are no part of what is undone: they stay as they are.
find_alien() { # FAMILY; into $alien
  command -v nft >/dev/null && { ! first_line "$attempt/backend.$1" || [ "$line" != legacy ]; } || return 0
  live=$(save_rules)
  find_native_rules "$1"
  case $rules in
    '#'*) ;;
    *) alien=$(printf '%s\n' "$rules" | awk -F '\t' '{ print $1 " " $3 }') ;;
  esac
}

# Where nothing else helped.
open_way() { # FAMILY
  find_client "$1"
  [ -n "$client" ] || return 1
  change=$(ask_ladder "$1" open) || return 1
  [ -z "$change" ] || restore "$1" --noflush printf '%s\n' "$change" || log "$1 SSH kept open: $errors"
  return 1
}

# For when live cannot be read: the snapshot's chains of ours. One that others write to is not flushed, ours come first there then.
load_snapshot() { # FAMILY
  [ ! -e "$attempt/loaded.$1" ] || return 1
  find_native "$1"
  if rebuild "$1" snapshot; then
    log "$1 loaded the snapshot, for live cannot be read"
    true >"$attempt/loaded.$1"
  else
    log "$1 snapshot: $errors"
  fi
  return 1
}

# Chains of the touched tables that hold rules which iptables cannot print; `all` where nobody can tell.
find_native() { # FAMILY; into $native
  native=''
  ! first_line "$attempt/backend.$1" || [ "$line" != legacy ] || return 0
  native=all
  command -v nft >/dev/null || return 0
  native=' '
  nft_family_of "$1"
  for table in $tables; do
    [ "${table%%:*}" = "$1" ] || continue
    table=${table#*:}
    listed=$(timeout -s KILL $restore_seconds nft list table "$nft_family" "$table" 2>/dev/null) || {
      native=all
      return
    }
    native=$native$(hidden_rules "$1" "$table" | awk '{ printf "%s:%s ", $1, $2 }')$(
      printf '%s\n' "$listed" | TABLE=$table awk '
        $1 == "chain" { chain = $2; next }
        NF < 2 || $1 == "type" || $1 == "table" { next }
        !/ ?counter / || /[{@]/ { if (!(chain in seen)) printf "%s:%s ", ENVIRON["TABLE"], chain; seen[chain] }
      '
    )
  done
}

# The last state, then the guard goes: it would find that state by itself, this is only quicker.
end_attempt() { # STATE
  [ -z "$state" ] || become_state "$1"
  end_guard
}

end_guard() {
  first_line "$attempt/guard"
  if [ "${line%% *}" != $$ ] && is_running "${line%% *}" "${line#* }"; then
    kill "${line%% *}" 2>/dev/null
    # It may have been waiting for the lock
    rm -f "$run/lock.${line%% *}"
  fi
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
  load_attempt
  case $state in
    applied)
      [ "$now" -lt "$deadline" ] || fail too-late
      require_proof
      commit
      ;;
    confirming) ;;
    reverted | revert-failed)
      # That of a run is only late
      [ -n "$entered_at" ] || end_guard
      say_rungs
      say_reverted_by
      fail "already-$state" "$(cat "$attempt/log" 2>/dev/null)"
      ;;
    *) fail wrong-state "$state" ;;
  esac
  first_line "$attempt/applied"
  live_sum=$line
  finish_confirmation 2>"$attempt/errors" || give_up_confirming
  end_guard
  say ssh "${SSH_CONNECTION:-}"
  say confirmed "$live_sum" "$generation"
  rm -rf "$attempt" "$second"
  release_lock
}

# That we are let in is proved by a connection that passed the rules, to the address by which we came before.
require_proof() {
  [ -n "$entered_at" ] || return 0
  if [ -z "${SSH_CONNECTION:-}" ] || client_is_own; then
    client=${SSH_CONNECTION:-}
    fail way-in-unproven "${client%% *}"
  fi
  server=${SSH_CONNECTION#* * }
  server=${server%% *}
  [ "${server#::ffff:}" = "$entered_at" ] || fail other-address "$server"
}

# Up to the commit point: all that needs space is written, then the state is renamed.
commit() {
  first_line "$attempt/applied"
  live_sum=$line
  is_backend_as_armed restore || revert_after_failure other-backend-now "$command-restore: $said"
  if { [ "$live_sum" != "$expected" ] && [ "$expected" != any ]; } || ! live_is_expected; then
    is_backend_as_armed save || revert_after_failure other-backend-now "$command-save: $said"
    revert_after_failure not-as-wanted "$(live_texts | normal_form)"
  fi
  changed=''
  for family in $families; do
    saved_changed "$family"
    [ $? = 1 ] || changed="$changed $path"
  done
  [ -z "$changed" ] || revert_after_failure saved-changed "${changed# }"
  undo_confirmation 2>"$attempt/errors" || revert_after_failure disk-full "$(cat "$attempt/errors")"
  saved_place
  require_own_directories
  if ! stage 2>"$attempt/errors" || ! become_state confirming; then
    errors=$(cat "$attempt/errors")
    revert_after_failure disk-full "$errors"
  fi
}

give_up_confirming() {
  errors=$(cat "$attempt/errors")
  become_state applied
  revert_after_failure disk-full "$errors"
}

# A confirmation whose receipt was lost may be asked for again; somebody may have confirmed it by hand, or made another generation since.
already_confirmed() {
  find_receipt || return 1
  file_text "$directory/receipt"
  text "receipt-${directory##*/}" "${content%"$newline"}"
  newest_generation
  say newest "$generation"
  say confirmed "$receipt_live" "$confirmed_as"
  release_lock
  say end
  exit 0
}

find_receipt() { # of attempt $id, into $directory, $confirmed_as and as receipt_of
  for directory in "$generations"/[0-9]*; do
    receipt_of "$directory" || continue
    confirmed_as=${directory##*/}
    [ "$receipt_attempt" != "$id" ] || return 0
  done
  return 1
}

receipt_of() { # DIRECTORY, into $receipt_attempt, $receipt_live, $receipt_again and $receipt_hold
  receipt_attempt='' receipt_live='' receipt_again='' receipt_hold=''
  [ -r "$1/receipt" ] || return 1
  while IFS='=' read -r key value; do
    case $key in
      attempt) receipt_attempt=$value ;;
      live) receipt_live=$value ;;
      again) receipt_again=$value ;;
      hold) receipt_hold=$value ;;
    esac
  done <"$1/receipt"
}

# Everything that needs space: the saved files beside their place, with links to the old ones, the generation, and the intent, which is
# there when all that it speaks of is.
stage() {
  newest_generation
  next=$((${generation:-0} + 1))
  new=$generations/.new
  staging_v4=${saved_v4%/*}/.mailfw-$id staging_v6=${saved_v6%/*}/.mailfw-$id
  remove_leftovers || return 1
  make_directories 0755 "${saved_v4%/*}" "${saved_v6%/*}" || return 1
  make_directories 0700 "$kept" "$generations" && mkdir -m 0700 "$intent.new" "$new" && unpack "$new" || return 1
  echo $format >"$kept/format" && printf '%s\n' "$program" >"$kept/.restore" &&
    cp "$attempt/foreign" "$attempt/lock-option" "$attempt"/saved-path.v[46] "$new" || return 1
  write_record >"$intent.new/record" || return 1
  make_directories 0700 "$staging_v4" "$staging_v6" || return 1
  [ -d "$generations/0" ] || stage_first || return 1
  [ "$persist" != first ] || find_first || return 1
  stage_others || return 1
  set -- "$kept/.restore" "$intent.new" "$intent.new/record" "$staging_v4" "$staging_v6"
  [ ! -d "$generations/.new0" ] || set -- "$@" "$generations/.new0"/* "$generations/.new0"
  for family in $families; do
    names_of "$family"
    stage_saved "$family" || return 1
    set -- "$@" "$staged"
  done
  know_machine
  { cat "$attempt/stood" && printf '%s\n' "live=$live_sum" "machine=$machine"; } >>"$new/receipt" || return 1
  sync "$@" "$new"/* "$new" "$generations" "${saved_v4%/*}" "${saved_v6%/*}" || return 1
  mv "$kept/.restore" "$kept/restore" && mv "$intent.new" "$intent" && sync "$kept"
}

# Whatever has a name that is needed now; from here on one that exists is an error.
remove_leftovers() {
  for leftover in "$intent.new" "$staging_v4" "$staging_v6" "$new" "$generations/.new0"; do
    if [ -e "$leftover" ] || [ -L "$leftover" ]; then rm -rf "$leftover" || return 1; fi
  done
}

# With a mode of their own, for a default ACL takes the place of the umask.
make_directories() { # MODE DIRECTORY...
  mode=$1
  shift
  for directory; do
    [ -d "$directory" ] || mkdir -m "$mode" "$directory" || return 1
  done
}

write_record() {
  absent=''
  for family in $families; do
    names_of "$family"
    [ -e "$path" ] || absent="$absent $family"
  done
  printf '%s\n' "id=$id" "next=$next" "families=$families" "absent=$absent" "v4=$saved_v4" "v6=$saved_v6"
}

# Generation 0: live and saved as first found.
stage_first() {
  first=$generations/.new0
  mkdir -m 0700 "$first" || return 1
  for family in $families; do
    names_of "$family"
    cp "$attempt/found.$family" "$first/live.$family" || return 1
    cp "$attempt/bare.$family" "$first/rules.$family" || return 1
    [ ! -e "$path" ] || cp "$path" "$first/saved.$family" || return 1
  done
  for family in $others; do
    cp "$attempt/found.$family" "$first/live.$family" && cp "$attempt/bare.$family" "$first/rules.$family" || return 1
  done
  know_machine
  printf '%s\n' attempt=none "format=$format" "machine=$machine" >"$first/receipt"
}

# What a generation has in the other backend: nothing, or what was first found there.
stage_others() {
  for family in $others; do
    source=$attempt/blank.$family
    [ "$persist" != first ] || [ ! -e "$generations/0/rules.$family" ] || source=$generations/0/rules.$family
    cp "$source" "$new/rules.$family" || return 1
  done
}

# The saved files as they were first found.
find_first() {
  true >"$new/first" || return 1
  for family in $families; do
    [ ! -e "$generations/0/saved.$family" ] || cp "$generations/0/saved.$family" "$new/saved.$family" || return 1
  done
}

# The new file, with the sections of other tables behind it and the owner and mode of the one that it replaces; the old
# one by a second name, which takes no space and comes back by a rename. If there shall be none, a file `gone.FAMILY`
# stands for it.
stage_saved() { # FAMILY, of $path; into $staged
  staging=${path%/*}/.mailfw-$id
  staged=$staging/${path##*/}
  source=$new/rules.$1
  if [ "$persist" = first ]; then
    source=$new/saved.$1
    [ -e "$source" ] || staged=$staging/gone.$1 source=/dev/null
  fi
  if [ ! -e "$path" ]; then
    cat "$source" >"$staged" && chmod 0640 "$staged" || return 1
    return
  fi
  ln "$path" "$staging/old.$1" 2>/dev/null || cp -p "$path" "$staging/old.$1" || return 1
  cp -p "$path" "$staged" && cat "$source" >"$staged" || return 1
  if [ "$persist" != first ] && split_saved "$1" rest "$path" <"$source" >/dev/null; then
    split_saved "$1" rest "$path" <"$source" | cat >>"$staged"
  else
    cp -p "$path" "$new/saved-before.$1"
  fi
}

# From the commit point on; done again by whoever finds it unfinished. Reads the intent only, which goes last: without one it is done.
finish_confirmation() { # into $generation
  newest_generation
  [ -d "$intent" ] || return 0
  read_intent "$intent"
  move_staged || return 1
  [ ! -d "$generations/.new0" ] || mv "$generations/.new0" "$generations/0" || return 1
  [ ! -d "$generations/.new" ] || mv "$generations/.new" "$generations/$intent_next" || return 1
  sync "${saved_v4%/*}" "${saved_v6%/*}" "$generations" || return 1
  generation=$intent_next
  prune
  rm -rf "$staging_v4" "$staging_v6" "$intent"
}

# Both files in one go, save on the distribution that keeps them in two directories.
move_staged() {
  set --
  for staged in "$staging_v4/${saved_v4##*/}" "$staging_v6/${saved_v6##*/}"; do
    [ ! -e "$staged" ] || set -- "$@" "$staged"
  done
  if [ $# = 2 ] && [ "$staging_v4" = "$staging_v6" ]; then
    mv -f "$@" "${saved_v4%/*}/" || return 1
  else
    for staged; do
      mv -f "$staged" "${staged%/.mailfw-*}/" || return 1
    done
  fi
  remove_gone "$staging_v4/gone.v4" "$saved_v4" && remove_gone "$staging_v6/gone.v6" "$saved_v6"
}

remove_gone() { # MARK FILE
  [ ! -e "$1" ] || { rm -f "$2" && rm -f "$1"; }
}

# Into $intent_id, $intent_next, $intent_families, $absent, $saved_v4, $saved_v6, $staging_v4, $staging_v6.
read_intent() { # DIRECTORY
  intent_id='' intent_next='' intent_families='' absent=''
  [ ! -r "$1/record" ] || while IFS='=' read -r key value; do
    case $key in
      id) intent_id=$value ;;
      next) intent_next=$value ;;
      families) intent_families=$value ;;
      absent) absent=$value ;;
      v4) saved_v4=$value ;;
      v6) saved_v6=$value ;;
    esac
  done <"$1/record"
  staging_v4=${saved_v4%/*}/.mailfw-$intent_id staging_v6=${saved_v6%/*}/.mailfw-$intent_id
}

# Takes back a confirmation that had begun, wherever it was given up. Its state is none of `confirming` by now: that means done
# without an intent. And a host that dies here is not to take for moved what was removed.
undo_confirmation() {
  [ ! -d "$intent" ] || mv "$intent" "$intent.undo" || :
  for begun in "$intent.new" "$intent" "$intent.undo"; do
    [ -d "$begun" ] || continue
    read_intent "$begun"
    if [ "$begun" != "$intent.new" ]; then
      for family in $intent_families; do
        saved_as_before "$family" || return 1
      done
    fi
    rm -rf "$staging_v4" "$staging_v6" "$generations/.new" "$generations/.new0" "$begun"
  done
}

saved_as_before() { # FAMILY
  was_moved "$1" || return 0
  if [ -e "$staging/old.$1" ]; then
    mv -f "$staging/old.$1" "$path"
  else
    case " $absent " in *" $1 "*) rm -f "$path" ;; esac
  fi
}

# Or removed: the mark goes a moment after the file.
was_moved() { # FAMILY; also into $path, $staging
  names_of "$1"
  staging=${path%/*}/.mailfw-$intent_id
  [ ! -e "$staging/${path##*/}" ] || return 1
  [ ! -e "$staging/gone.$1" ] || { [ -e "$staging/old.$1" ] && [ ! -e "$path" ]; }
}

# Generation 0 and the last ten that are different stay. One that only has the rules of another again does not count beside that: neither
# going back step by step nor mending every hour is to lose yesterday's rules.
prune() {
  number=$generation different=' 0 ' counted=0 repeats=0 newer=''
  while [ "$number" -gt 0 ]; do
    if [ -d "$generations/$number" ]; then
      receipt_of "$generations/$number"
      is_to_stay || rm -rf "${generations:?}/$number"
      newer=$receipt_again
      [ -z "$receipt_hold" ] || newer=''
    fi
    number=$((number - 1))
  done
}

# Of several in a row that only put the same rules back the last stays.
is_to_stay() { # of $number and its receipt
  case $different in
    *" ${receipt_again:-$number} "*)
      [ -n "$receipt_again" ] || return 0
      [ -n "$receipt_hold" ] || [ "$receipt_again" != "$newer" ] || return 1
      repeats=$((repeats + 1))
      [ $repeats -le $keep_generations ]
      ;;
    *)
      [ $counted -lt $keep_generations ] || return 1
      counted=$((counted + 1))
      different="$different${receipt_again:-$number} "
      ;;
  esac
}

# --- saved files that others write in the window -------------------------------------------------------------------

# Live rules that are saved while they wait to be confirmed would be loaded at the next boot, reverted or not. So copies of the saved
# files are kept when arming: a link would be the same file. Status 3: they are not what was examined.
keep_saved() {
  saved_place
  for family in $families; do
    names_of "$family"
    printf '%s\n' "$path" >"$attempt/saved-path.$family" || return 1
    [ -e "$path" ] || continue
    cat "$path" >"$attempt/saved.$family" || return 1
    stat -L -c '%u:%g %a' "$path" >"$attempt/saved-mode.$family" || :
  done
  sums=$newline$(sha256sum "$attempt"/saved.v[46])$newline
  for family in $families; do
    [ "$family" = v4 ] && examined=$examined_v4 || examined=$examined_v6
    sum_of "$attempt/saved.$family"
    [ "$examined" = any ] || [ "$examined" = "$sum" ] || return 3
  done
}

# Whether a saved file is another one than when arming; status 2: it cannot be read.
saved_changed() { # FAMILY; also into $path
  first_line "$attempt/saved-path.$1"
  path=$line
  [ -n "$path" ] || return 1
  if [ ! -e "$attempt/saved.$1" ]; then
    [ -e "$path" ]
    return
  fi
  [ -e "$path" ] || return 0
  sums=$(sha256sum "$attempt/saved.$1" "$path") || return 2
  sum=${sums##*"$newline"}
  [ "${sums%% *}" != "${sum%% *}" ]
}

# After a revert a saved file that loads what nobody confirmed gets its old bytes back, and the other is kept beside it; one that somebody
# changed otherwise stays. What was done is said, and kept for `status`.
put_back_saved() {
  [ -d "$attempt" ] || return 0
  others='' saved_fault=no
  first_line "$attempt/families"
  for saved_family in $line; do
    judge_saved "$saved_family"
    case $? in
      0) put_back_saved_file "$saved_family" || saved_fault=yes ;;
      1)
        others="${others}changed $saved_family $path$newline"
        [ -z "${nonce:-}" ] || say saved-file changed "$saved_family" "$path"
        ;;
      3) ;;
      *)
        saved_fault=yes
        errors="$path cannot be compared with what it was"
        ;;
    esac
  done
  [ -z "$others" ] || printf '%s' "$others" 2>/dev/null >"$attempt/saved-other" || :
  [ $saved_fault = no ]
}

judge_saved() { # FAMILY; 0: it loads what nobody confirmed, 1: it was changed otherwise, 3: it was not; also into $path
  saved_changed "$1"
  case $? in
    0) [ -e "$path" ] && loads_unconfirmed "$1" ;;
    1) return 3 ;;
    *) return 2 ;;
  esac
}

put_back_saved_file() { # FAMILY, of $path
  first_line "$attempt/id"
  aside=$path.unconfirmed-$line
  beside=${path%/*}/.mailfw-$line.$1
  if [ ! -e "$attempt/saved.$1" ]; then
    mv -f "$path" "$aside" 2>/dev/null
  else
    copy_saved "$1" "$beside" 2>/dev/null && sync "$beside" &&
      { ln -f "$path" "$aside" 2>/dev/null || cp -p "$path" "$aside" 2>/dev/null; } && mv -f "$beside" "$path"
  fi || {
    rm -f "$beside"
    errors="$path holds rules that nobody confirmed, and the old file could not be put back"
    log "$errors"
    return 1
  }
  sync "${path%/*}"
  log "$path held rules that nobody confirmed: the old file is back, the other is $aside"
  echo "restored $1 $path $aside" 2>/dev/null >>"$attempt/saved-back" || :
  [ -z "${nonce:-}" ] || say saved-file restored "$1" "$path" "$aside"
}

copy_saved() { # FAMILY TARGET, with the owner and mode of then; of $path
  cp -p "$path" "$2" && cat "$attempt/saved.$1" >"$2" || return 1
  first_line "$attempt/saved-mode.$1"
  [ -z "$line" ] || { chown "${line% *}" "$2" && chmod "${line#* }" "$2"; }
}

# Whether a file loads at least half of the rules that came with the attempt or, if none came, just what it left of the old ones. The file
# is compared as this iptables prints it, if it can be asked.
loads_unconfirmed() { # FAMILY, of $path
  first_line "$attempt/tables"
  attempt_tables=$line
  first_line "$attempt/foreign"
  printed=$(unshare -n sh "$attempt/program" scratch saved "$1" 3<"$path" 4<"$path" 2>/dev/null 9>&-)
  case $printed in
    *"saved text canonical-$1"*) ;;
    *) printed=$(cat "$path") || return 2 ;;
  esac
  printf '#%s\n%s\n' "$1" "$printed" | FAMILY=$1 ATTEMPT=$attempt TABLES=$attempt_tables FOREIGN=$line awk "$facts_awk"'
    function unnumbered(line, head) {
      match(line, /^[^ ]+ [^ ]+ [^ ]+ /)
      head = substr(line, 1, RLENGTH)
      line = substr(line, RLENGTH + 1)
      sub(/^[0-9]+ /, "", line)
      return head line
    }
    function facts_in(file, list, line, n) {
      while ((getline line < (ENVIRON["ATTEMPT"] "/" file)) > 0)
        if (index(line, ENVIRON["FAMILY"] " ") == 1) { list[line]; n++ }
      return n + 0
    }
    BEGIN {
      facts_in("examined", examined)
      whole = facts_in("expected", applied)
      for (line in examined) old[unnumbered(line)]
      for (line in applied) {
        if (!(line in examined)) differs = 1
        line = unnumbered(line)
        new[line]
        if (!(line in old) && !came[line]++) all_new++
      }
      for (line in new) all++
      for (line in old) if (!(line in new)) { gone[line]; some_gone = differs = 1 }
    }
    { line = fact($0) }
    line == "" { next }
    {
      n++
      if (line in applied) same++
      line = unnumbered(line)
      if (line in gone) has_gone = 1
      if (!seen[line]++) { if (line in came) hits++; if (line in new) had++ }
    }
    END {
      if (all_new) exit hits * 2 < all_new
      if (same == whole && n == whole) exit !differs
      exit !(some_gone && whole && !has_gone && had == all)
    }
  '
}

# --- revert, recover, status --------------------------------------------------------------------------------------

revert() {
  trap '' HUP INT PIPE
  take_lock 10 || fail busy
  [ -d "$attempt" ] || fail no-attempt
  read_attempt
  [ "$attempt_id" = "$id" ] || fail other-attempt "$attempt_id"
  boot_id
  [ "$attempt_boot" = "$boot" ] || fail other-boot
  load_attempt
  case $state in
    reverted) ;;
    '' | prepared)
      note_revert "$asked_by"
      end_attempt reverted
      ;;
    armed | applied | revert-failed)
      log 'asked to put the old rules back'
      revert_or_fail
      ;;
    *) fail wrong-state "$state" ;;
  esac
  say_rungs
  say_reverted_by
  say reverted
  release_lock
}

# For a call that was asked to: it fails unless the old rules are all back.
revert_or_fail() {
  note_revert "$asked_by"
  settle_revert 3
  case $back in
    1) fail revert-failed "$(cat "$attempt/log" 2>/dev/null)" ;;
    3)
      say_rungs
      fail revert-partial "$(lost_rules)"
      ;;
  esac
}

# What was sent may arrive late, when its sender no longer waits for it. So it is asked under the lock whether the attempt has begun, and
# one that has not is refused from then on. The mark stays until a reboot: it is empty, and seldom made.
cancel() {
  trap '' HUP INT PIPE
  take_lock 10 || fail $lock_fault
  boot_id
  say boot "$boot"
  attempt_id=''
  [ ! -d "$attempt" ] || read_attempt
  if [ "$id" = "$attempt_id" ] || find_receipt || is_past; then
    say begun
  else
    true 2>/dev/null >"$run/cancelled.$id" || fail disk-full
    say cancelled
  fi
  release_lock
}

# What an attempt left whose guard is gone, or a host that died between the two saved files.
recover() {
  trap '' HUP INT PIPE
  take_lock 10 || fail $lock_fault
  boot_id
  did=nothing attempt_id='' intent_id=''
  if [ -d "$attempt" ]; then
    read_attempt
    load_attempt
    [ "$state" = revert-failed ] || ! guard_alive || fail busy "$(describe_attempt)"
    if [ "$attempt_boot" != "$boot" ]; then
      did=rebooted
    else
      recover_attempt
    fi
    remember_attempt
    rm -rf "$attempt" "$second"
  fi
  settle_intent
  say recovered "$did" "${attempt_id:-$intent_id}"
  release_lock
}

recover_attempt() {
  case $state in
    confirming)
      did=confirmed
      finish_confirmation && return
      become_state applied
      ;;
    armed | applied | revert-failed) ;;
    *) return ;;
  esac
  revert_or_fail
  say_rungs
  did=reverted
}

# After a reboot nothing but the files can tell: none moved yet is an attempt that was not confirmed, one moved is finished.
settle_intent() {
  if [ -d "$intent" ]; then
    read_intent "$intent"
    for family in $intent_families; do
      if was_moved "$family"; then
        finish_confirmation || fail disk-full
        did=confirmed
        return
      fi
    done
  fi
  for begun in "$intent.new" "$intent" "$intent.undo"; do
    [ ! -d "$begun" ] || did=rebooted
  done
  undo_confirmation || fail disk-full
}

status() {
  require_own_directories
  newest_generation
  say generation "$generation"
  say_receipts
  [ -z "$id" ] || say_past
  boot_id
  say boot "$boot"
  attempt_boot=''
  [ ! -d "$attempt" ] || status_of_attempt
  [ "$attempt_boot" = "$boot" ] || status_of_intent
}

# How attempt $id ended, if it is not the last one any more.
say_past() {
  if find_receipt && [ "$confirmed_as" != "$generation" ]; then
    file_text "$directory/receipt"
    text "receipt-$confirmed_as" "${content%"$newline"}"
  fi
  ! is_past || say past "$past_state" "$past_by"
}

is_past() { # of $id; into $past_state and $past_by
  [ -r "$run/past" ] || return 1
  while read -r past_id past_state past_by; do
    [ "$past_id" != "$id" ] || return 0
  done <"$run/past"
  return 1
}

status_of_attempt() {
  known_format "$attempt"
  say attempt "$(describe_attempt)"
  read_attempt
  load_attempt
  first_line "$attempt/applied"
  say applied "$line"
  say tables "$tables"
  say families "$families"
  say uptime "$now"
  cat "$attempt/saved-back" "$attempt/saved-other" 2>/dev/null | while read -r saved_file; do
    say saved-file "$saved_file"
  done
  text foreign "$foreign"
  say_rungs
  say_reverted_by
  text log "$(cat "$attempt/log" 2>/dev/null)"
}

# While an attempt of this boot is there, the intent is its own.
status_of_intent() {
  for begun in "$intent" "$intent.new" "$intent.undo"; do
    [ -d "$begun" ] || continue
    read_intent "$begun"
    say intent "$intent_id"
    return
  done
}

# --- history ------------------------------------------------------------------------------------------------------

# The receipts of all generations, and of those that are asked for the rules: as rendered, or as iptables printed them. Those of
# generation 0 are as it printed them.
history() {
  newest_generation
  say generation "$generation"
  wanted_generations=$generations_asked
  generations_asked=all
  say_receipts
  say_tables
  for directory in "$generations"/[0-9]*; do
    number=${directory##*/}
    case " $wanted_generations " in
      *' all '* | *" $number "*) ;;
      *) continue ;;
    esac
    for family in $families n4 n6 l4 l6; do
      file=$directory/$kind.$family
      [ -r "$file" ] || file=$directory/rules.$family
      [ -r "$file" ] || continue
      whole_text "rules-$number-$family" "$file"
    done
  done
  for family in $families; do
    [ ! -r "$generations/0/saved.$family" ] || whole_text "first-saved-$family" "$generations/0/saved.$family"
    case $wanted_generations in '' | all) continue ;; esac
    [ ! -r "$generations/0/live.$family" ] || whole_text "first-live-$family" "$generations/0/live.$family"
  done
}

# That some generation of ours named, of generation 0 none.
say_tables() {
  for family in $families; do
    sed -n 's/^\*\([a-z]*\)$/\1/p' "$generations"/[1-9]*/"rules.$family" 2>/dev/null | sort -u |
      while read -r table; do
        say ours "$family" "$table"
      done
  done
}

whole_text() { # NAME FILE: also the newlines at its end
  content=$(cat "$2" && echo .)
  text "$1" "${content%.}"
}

# --- listeners ----------------------------------------------------------------------------------------------------

# Each family by itself: versions of ss differ in what they write for "any address". Its heading is for the reader to pass over,
# for old ones cannot leave it out.
listeners() {
  if ! command -v ss >/dev/null; then
    say no-ss
    return
  fi
  for family in $families; do
    if content=$(timeout -s KILL $listeners_seconds ss "-${family#v}" -l -n -t -u -p 2>&1); then
      text "listeners-$family" "$content"
    else
      text "ss-failed" "$content"
      return
    fi
  done
  ! command -v nft >/dev/null || text native-dnat "$(timeout -s KILL $listeners_seconds nft -nn -s list ruleset 2>/dev/null | grep -E '^table|dnat')"
}

# --- sessions -----------------------------------------------------------------------------------------------------

# Each connection to the port of sshd that was asked for: whether it is established, whether somebody has logged in by it, and whether it
# comes from an address of this host; and the ports that sshd listens on. ss is not needed.
sessions() {
  sshd_processes=''
  set --
  for directory in /proc/[0-9]*; do
    first_line "$directory/comm"
    case $line in sshd | sshd-session | sshd-auth) ;; *) continue ;; esac
    first_line "$directory/cmdline"
    has_logged_in || line=''
    sshd_processes="$sshd_processes${directory#/proc/} ${line:+login}$newline"
    set -- "$@" "$directory"/fd/*
  done
  {
    printf '%s' "$sshd_processes"
    ls -l "$@" 2>/dev/null
    cat /proc/net/tcp /proc/net/tcp6 2>/dev/null
  } | sshd_connections "$port" "$byte_order" | while read -r word address peer_port is_open is_login; do
    is_own=no
    [ "$is_login" != yes ] || ! is_own_address "$address" || is_own=yes
    case $word in
      port) say sshd-port "$address" ;;
      peer) say session "$address" "$peer_port" "$is_open" "$is_login" $is_own ;;
    esac
  done
}

# sshd writes into its title how far a connection has come: [accepted], [net], [preauth], [priv]; without one its user is logged in.
has_logged_in() { # by $line
  case $line in
    *'['*) return 1 ;;
    sshd*': '*) ;;
    *) return 1 ;;
  esac
}

# On stdin processes `PID [login]`, the descriptors of those as ls prints them, and the kernel's tables of TCP.
sshd_connections() { # PORT BYTE-ORDER
  awk -v asked="$1" -v order="$2" '
    function number(text, value, i) {
      for (i = 1; i <= length(text); i++) value = value * 16 + index("0123456789ABCDEF", substr(text, i, 1)) - 1
      return value
    }
    # Each word of 32 bits is as the machine keeps it.
    function in_order(text, all, i, word) {
      if (order != "LE") return text
      for (i = 1; i <= length(text); i += 8) {
        word = substr(text, i, 8)
        all = all substr(word, 7, 2) substr(word, 5, 2) substr(word, 3, 2) substr(word, 1, 2)
      }
      return all
    }
    function dotted(text) {
      return number(substr(text, 1, 2)) "." number(substr(text, 3, 2)) "." number(substr(text, 5, 2)) "." number(substr(text, 7, 2))
    }
    function printed(text, all, i) {
      text = in_order(text)
      if (length(text) == 8) return dotted(text)
      if (text ~ /^00000000000000000000FFFF/) return dotted(substr(text, 25))
      for (i = 1; i <= 32; i += 4) all = all (i > 1 ? ":" : "") tolower(substr(text, i, 4))
      return all
    }
    NF == 2 && $2 == "login" { is_login[$1]; next }
    / -> socket:\[/ {
      split(substr($0, index($0, "/proc/")), path, "/")
      socket = substr($0, index($0, "socket:[") + 8)
      sub(/\].*/, "", socket)
      held[socket]
      if (path[3] in is_login) logged_in[socket]
      next
    }
    $2 ~ /^[0-9A-F]+:[0-9A-F]+$/ && $3 ~ /^[0-9A-F]+:[0-9A-F]+$/ {
      split($2, here, ":")
      split($3, there, ":")
      if ($4 == "0A") {
        if ($10 in held) print "port", number(here[2])
      } else if (number(here[2]) == asked) {
        print "peer", printed(there[1]), number(there[2]), $4 == "01" ? "yes" : "no", $10 in logged_in ? "yes" : "no"
      }
    }
  '
}

# --- by hand ------------------------------------------------------------------------------------------------------

# For when mailfw cannot reach the host: the rules of a generation around those of other programs as they are now, and its saved files.
# It speaks to a person.
restore_by_hand() { # NUMBER
  nonce='' id=restore source=$generations/$1
  while read -r key value _; do
    [ "$key" != Uid: ] || [ "$value" = 0 ] || stop 'run this as root'
  done </proc/self/status
  newest_generation
  newest=$generations/$generation
  [ -d "$source" ] || stop "no generation $1 is kept here, only $(cd "$generations" 2>/dev/null && echo [0-9]*)"
  first_line "$newest/saved-path.v6"
  saved_v6=$line
  first_line "$newest/saved-path.v4"
  saved_v4=$line
  saved_v6=${saved_v6:-$saved_v4} saved_v4=${saved_v4:-$saved_v6}
  require_own_directories
  trap '' HUP PIPE
  take_lock 10 || stop 'another mailfw is at work on this host; try again when it has ended'
  end_attempt_by_hand
  # Also if a disk is full
  attempt=$run/.restoring
  rm -rf "$attempt"
  mkdir -m 0700 "$attempt" || stop "$attempt could not be made"
  prepare_by_hand || stop 'the rules could not be read'
  is_whole=yes
  for family in $others $families; do
    put_back_by_hand "$family" || is_whole=no
  done
  for family in $families; do
    save_by_hand "$family" || is_whole=no
  done
  rm -rf "$attempt"
  release_lock
  [ $is_whole = yes ] || stop 'Not all of it is back: see above.'
  echo "Generation $1 is back. For mailfw $generation is the newest still: the next deploy or enforce brings the inventory's rules."
  exit 0
}

stop() { # SENTENCE
  release_lock
  echo "restore: $*" >&2
  exit 1
}

# What somebody may still confirm is not taken from under him; what nobody looks after goes.
end_attempt_by_hand() {
  boot_id
  if [ -d "$attempt" ]; then
    read_attempt
    case $attempt_boot:$state in
      "$boot:prepared" | "$boot:armed" | "$boot:applied" | "$boot:confirming")
        ! guard_alive || stop "attempt $attempt_id is pending; its guard puts the old rules back in $((deadline - now)) s. Wait until then, or end it: mailfw revert INVENTORY HOST $attempt_id"
        ;;
    esac
    end_guard
  fi
  if [ "${state:-}" != confirming ] || ! finish_confirmation; then
    { undo_confirmation && put_back_saved; } || stop 'the saved files could not be put back'
  fi
  rm -rf "$attempt" "$second"
}

prepare_by_hand() { # into $families, $tables, $foreign and $lock_option
  first_line "$newest/foreign" || return 1
  foreign=$line families='' tables=''
  first_line "$newest/lock-option"
  lock_option=$line
  echo "${SSH_CONNECTION:-}" >"$attempt/session"
  for family in v4 v6 n4 n6 l4 l6; do
    [ -r "$source/rules.$family" ] || continue
    case $family in ?6) has_ipv6 || continue ;; esac
    case $family in v?) families="$families $family" ;; esac
    tables="$tables $(sed -n "s/^\*/$family:/p" "$generations"/[1-9]*/rules.$family | sort -u | tr '\n' ' ')"
    print_generation $family >"$attempt/snapshot.$family" || return 1
    case $family in
      n?) echo nf_tables >"$attempt/backend.$family" && echo legacy >"$attempt/backend.v${family#?}" ;;
      l?) echo legacy >"$attempt/backend.$family" && echo nf_tables >"$attempt/backend.v${family#?}" ;;
    esac || return 1
  done
  name_others
  # Since a take-over iptables may have become the one that it took over from
  choose_tools
  [ -n "$families" ]
}

# As this iptables prints it, if it can be asked. Of an empty one the ladder needs a line too.
print_generation() { # FAMILY
  printed=$(unshare -n sh "$kept/restore" scratch generation "$1" 3<"$source/rules.$1" 4<"$source/rules.$1" 2>/dev/null 9>&-)
  case $printed in
    "generation text canonical-$1"*) printf '%s\n' "$printed" | sed '1d;$d' ;;
    *) cat "$source/canonical.$1" 2>/dev/null || cat "$source/rules.$1" ;;
  esac
  echo '#'
}

put_back_by_hand() { # FAMILY
  names_of "$1"
  put_back_family "$1"
  case $? in
    0) echo "$command: the rules are those of generation ${source##*/}; rules of other programs stay as they are." ;;
    3)
      echo "$command: these rules could not be loaded, the others are back:" >&2
      cat "$attempt/lost.$1" >&2
      return 1
      ;;
    *)
      echo "$command: the rules could not be put back: $errors" >&2
      return 1
      ;;
  esac
}

# The sections of other tables stay. If they cannot, the file that has them is kept beside.
save_by_hand() { # FAMILY
  names_of "$1"
  file=$source/rules.$1 names=$source/rules.$1 beside=${path%/*}/.mailfw-restore.$1 former='' carried=''
  if is_first "$source"; then
    file=$source/saved.$1 names=/dev/null
    [ ! -e "$file" ] || former=$(split_saved "$1" rest "$file" <$names)
  fi
  if [ -e "$path" ]; then
    carried=$(split_saved "$1" rest "$path" <"$names") || carried=broken
    lost=no
    [ "$names" = "$file" ] || [ "$carried" = "$former" ] || lost=yes
    [ "$carried" != broken ] || lost=yes
    [ $lost = no ] || { cp -p "$path" "$path.before-restore" && echo "$path: other tables in it go; the file as it was is $path.before-restore"; }
  fi
  if [ ! -e "$file" ]; then
    rm -f "$path" && echo "$path: removed, there was none." && return 0
  else
    rm -f "$beside" && { cp -p "$path" "$beside" 2>/dev/null || { true >"$beside" && chmod 0640 "$beside"; }; } &&
      cat "$file" >"$beside" && add_carried "$1" && sync "$beside" && mv -f "$beside" "$path" && sync "${path%/*}" &&
      echo "$path: written, it is loaded at the next boot." && return 0
  fi
  rm -f "$beside"
  echo "$path: could not be written" >&2
  return 1
}

add_carried() { # FAMILY, of $names, $file, $path and $beside
  [ "$names" = "$file" ] && [ -e "$path" ] || return 0
  split_saved "$1" rest "$path" <"$names" | cat >>"$beside"
}

# --- the guard ----------------------------------------------------------------------------------------------------

# No failure ends it. In dash and busybox a fork that fails, and any other error of the shell, is an error of `eval`, which then
# returns; in bash it ends the shell, which begins again. As long as nothing can be forked it is busy.
guard() { # ID UPTIME
  trap '' HUP INT QUIT PIPE ALRM USR1 USR2 XCPU XFSZ
  trap begin_again EXIT
  # bash runs the other trap too when it is told to end.
  [ -z "${BASH_VERSION:-}" ] || trap 'trap - EXIT TERM; kill $$' TERM
  guarded=$1 now=$2 deadline='' copied='' recalled=no told=no
  next_try=0 pause_seconds=1
  cd /
  command exec 2>/dev/null
  echo -1000 >/proc/self/oom_score_adj
  # Memory that is free in the process is there also when no more is given.
  reserve=xxxxxxxx
  while [ ${#reserve} -lt 65536 ]; do reserve=$reserve$reserve; done
  unset reserve
  while :; do
    lift_limits
    command eval watch
    # Not sooner than one plain fork succeeds: of each pipe whose fork fails two descriptors stay open.
    until command eval pause; do lift_limits; done
  done
}

# exec needs no fork. What it needs is looked at first: if it fails it ends the shell.
begin_again() {
  while :; do
    lift_limits
    for file in "$attempt/program" "$second/program"; do
      if [ -r "$file" ] && command -v sh >/dev/null; then
        # shellcheck disable=SC3044 # bash alone has it
        [ -z "${BASH_VERSION:-}" ] || shopt -s execfail
        exec sh "$file" guard "$guarded" "$now"
      fi
    done
  done
}

# Somebody may set limits on a process that runs. Root lifts its own.
lift_limits() {
  # shellcheck disable=SC3045 # dash, busybox and bash have them
  for limit in '-v unlimited' '-d unlimited' '-t unlimited' '-f unlimited' '-n 256' '-n 4096'; do
    # shellcheck disable=SC2086 # an option and its value
    ulimit -S $limit || ulimit $limit
  done
}

pause() { # also counts, for when the uptime cannot be read
  # bash reacts to SIGTERM at once only in `wait`.
  sleep 1 &
  ! wait "$!" || now=$((now + 1))
}

watch() {
  [ "$recalled" = yes ] || attempt=$run/attempt
  ! is_over || leave
  [ -e "/proc/$$/fd/5" ] || hold_tools
  [ "$next_try" != 0 ] || is_going || show_alive
  until is_due; do
    keep_copy
    pause
    lift_limits
    ! is_over || leave
  done
  # After a failed revert the holder may be the next attempt
  case $next_try:$state in [1-9]* | *:revert-failed) take_lock 60 ;; *) take_lock 5 ;; esac || end_holder
  ! is_over || leave
  ! is_going || give_place_back
  if [ "$recalled" = yes ] || [ -e "$attempt/id" ] || recall; then
    load_attempt && act
  fi
  release_lock
  ! is_over || leave
}

# On descriptors 5 to 8: a name may lead to another program later. A script is no iptables.
hold_tools() {
  ! find_binary iptables-restore || command exec 5<"$found"
  ! find_binary iptables-save || command exec 6<"$found"
  ! find_binary ip6tables-restore || command exec 7<"$found"
  ! find_binary ip6tables-save || command exec 8<"$found"
  # Of the other backend one program is all of them
  first_line "$attempt/tables"
  case $line in
    *n[46]:*) ! find_binary xtables-nft-multi || command exec 3<"$found" ;;
    *l[46]:*) ! find_binary xtables-legacy-multi || command exec 4<"$found" ;;
  esac
}

find_binary() { # NAME, into $found
  for directory in /usr/local/sbin /usr/sbin /sbin /usr/local/bin /usr/bin /bin; do
    found=$directory/$1
    [ -x "$found" ] || continue
    first_line "$found"
    case $line in '#!'*) ;; *) return 0 ;; esac
  done
  return 1
}

act() {
  case $state in
    prepared)
      note_revert guard
      become_state reverted
      ;;
    armed | applied | revert-failed) guard_revert ;;
    confirming) guard_finish ;;
  esac
}

# By what was read: what cannot be read tells nothing. A state that is missing is just being renamed.
is_over() {
  attempt_id=$guarded
  ! is_another || is_going || ! is_another || return 0
  read_state
  ! is_going || state=revert-failed
  case $state in
    confirmed | reverted) return 0 ;;
  esac
  return 1
}

is_another() {
  first_line "$run/attempt/id" && [ "$line" != "$guarded" ]
}

# The attempt that takes its place is not armed yet.
is_going() {
  first_line "$going/id" && [ "$line" = "$guarded" ]
}

# Of two guards of one attempt the one stays that its file names.
show_alive() {
  start_time $$
  ! first_line "$attempt/guard" || [ "$line" != "$$ $start" ] || return 0
  if is_running "${line%% *}" "${line#* }" && [ -n "$process_state" ]; then
    trap - EXIT
    exit 0
  fi
  [ ! -d "$attempt" ] || echo "$$ $start" >"$attempt/guard"
}

is_due() {
  read_deadline "$attempt" || [ -n "$deadline" ] || read_deadline "$second"
  # Nothing is left of the attempt
  [ -n "$deadline" ] || [ -d "$attempt" ] || leave
  uptime_seconds
  case $state in
    revert-failed) [ "$now" -ge "$next_try" ] ;;
    *) [ -n "$deadline" ] && [ "$now" -ge "$deadline" ] ;;
  esac
}

read_deadline() { # DIRECTORY, into $deadline
  first_line "$1/id" && [ "$line" = "$guarded" ] && first_line "$1/deadline" || return 1
  case $line in
    '' | *[!0-9]*) return 1 ;;
  esac
  deadline=$line
}

# All that it needs a second time, for /run may go away: while the change is prepared, and when it was made. The file `kept` comes
# last, with the newest generation.
keep_copy() {
  case $state in
    applied) [ "$copied" != applied ] || return 0 ;;
    *) [ -z "$copied" ] || return 0 ;;
  esac
  [ -d "$attempt" ] || return 0
  newest_generation
  [ ! -e "$second" ] || rm -rf "$second"
  [ -d "$kept" ] || mkdir -m 0700 "$kept"
  if ! { cp -R "$attempt" "$second" && echo "${generation:-0}" >"$second/kept"; }; then rm -rf "$second"; fi
  copied=$state
}

# The attempt is gone. It is undone by the copy, if live is still exactly what it made and nothing was confirmed since.
recall() {
  [ -e "$second/kept" ] || leave
  first_line "$second/id" || return 1
  [ "$line" = "$guarded" ] || leave
  first_line "$second/kept" || return 1
  [ ! -e "$generations/$((line + 1))" ] || leave
  attempt=$second
  load_attempt || return 1
  choose_tools
  live_is_expected
  case $? in
    0) recalled=yes ;;
    1) leave ;;
    *) return 1 ;;
  esac
  # It may be a copy of a moment before, of which nothing is to stay beside the state that follows
  read_state
  [ "$state" = applied ] || become_state applied 2>/dev/null || true >"$second/state.applied"
  state=applied
}

leave() {
  if [ "$recalled" = yes ] && [ ! -e "$run/attempt/id" ]; then
    rm -rf "$run/attempt"
    [ -d "$run" ] || mkdir -m 0700 "$run"
    mv "$second" "$run/attempt"
  fi
  first_line "$second/id"
  [ "$line" != "$guarded" ] || rm -rf "$second"
  trap - EXIT
  exit 0
}

# A command of ours that hangs holds the lock: it is ended first, with what it started.
end_holder() {
  if holder_lives && [ -n "$process_state" ] && [ "${line%% *}" != $$ ]; then
    log "ended process ${line%% *}, which held the lock"
    tree=''
    find_tree "${line%% *}"
    # shellcheck disable=SC2086 # a list of processes
    kill -9 $tree 2>/dev/null
  fi
  take_lock 10 || log 'the lock could not be taken'
}

# Found before it is ended: what a dead process started is nobody's child any more.
find_tree() { # PID, onto $tree; without the guard, which is a child of the shell that launched it
  tree="$tree $1"
  for stat_file in /proc/[0-9]*/stat; do
    read -r stat 2>/dev/null <"$stat_file" || continue
    rest=${stat##*) }
    rest=${rest#* }
    [ "${rest%% *}" != "$1" ] || [ "${stat%% *}" = $$ ] || find_tree "${stat%% *}"
  done
}

# One try; between them the lock is free, and the pauses grow. It ends for good when a person took over: what is live then is not what its
# last try left.
guard_revert() {
  if [ "$state" != revert-failed ]; then
    [ "$told" = yes ] || log 'nobody confirmed until the deadline'
    told=yes
  elif is_changed_since; then
    is_quiet=no
    log 'the rules were changed since the last try: left as they are'
    release_lock
    leave
  fi
  note_revert guard
  settle_revert $((next_try == 0 ? 3 : 1))
  [ "$back" != 0 ] || return 0
  [ "$back" = 3 ] || log "the old rules could not be put back, trying again: $errors"
  is_quiet=yes
  uptime_seconds
  next_try=$((now + pause_seconds))
  pause_seconds=$((pause_seconds < 30 ? pause_seconds * 2 : 60))
}

is_changed_since() { # the last try, also that of a call; no, if it cannot be told
  left_live=$(cat "$attempt/left")
  case $left_live in *'#whole') ;; *) return 1 ;; esac
  live_now=$(live_facts)
  case $live_now in
    "$left_live") return 1 ;;
    *'#whole') ;;
    *) return 1 ;;
  esac
}

live_facts() { # our rules of the touched tables; the last line is `#whole` if they could be read
  live_texts | TABLES=$tables FOREIGN=$foreign awk "$facts_awk"'/^#whole$/ && !hidden { print } { line = fact($0) } line != "" { print line }'
}

guard_finish() {
  if finish_confirmation; then
    become_state confirmed
    rm -rf "$attempt" "$second"
    release_lock
    leave
  else
    log 'the saved files could not be moved'
    become_state applied
    guard_revert
  fi
}

main "$@"
