# iptables-save on stdin; TABLES (separated by spaces) and FOREIGN (an extended regular expression) in the
# environment. Sort what it prints with LC_ALL=C sort.
BEGIN {
  foreign = ENVIRON["FOREIGN"]
  count = split(ENVIRON["TABLES"], names, " ")
  for (i = 1; i <= count; i++) wanted[names[i]] = 1
}
/^[*]/ { table = substr($0, 2); next }
!(table in wanted) { next }
/^:/ {
  sub(/[ \t]+[[][0-9]+:[0-9]+[]][ \t]*$/, "")
  if ($2 != "ACCEPT" && $0 !~ foreign) print table " " substr($1, 2) " :" $2
  next
}
/^([[][0-9]+:[0-9]+[]][ \t]+)?-A / {
  sub(/^[[][0-9]+:[0-9]+[]][ \t]+/, "")
  sub(/[ \t]+$/, "")
  if ($0 ~ foreign) next
  chain = $2
  rule = substr($0, length(chain) + 5)
  printf "%s %s %06d %s\n", table, chain, ++rules[table, chain], rule
}
