# Runs a PostgreSQL until its standard input ends: so it ends with the test that started it, however that ends.
# Usage: sh -c … cluster BIN PORT, the password of the role `aurelius` on the first line of the input, then `stop` and
# `start` as often as wanted. Prints `ready` when it has started, and after each of them.
set -eu
bin=$1 port=$2
read -r password
dir=$(mktemp -d)
finish() {
  [ ! -e "$dir/data/postmaster.pid" ] || "$bin/pg_ctl" stop -s -m immediate -D "$dir/data" || true
  rm -rf "$dir"
}
trap finish EXIT
trap 'exit 1' INT TERM HUP

printf '%s\n' "$password" >"$dir/password"
"$bin/initdb" -D "$dir/data" -U aurelius -A scram-sha-256 --pwfile "$dir/password" -E UTF8 --locale C --no-sync >"$dir/log" ||
  { cat "$dir/log" >&2; exit 1; }
# The files live as long as the test: nothing is worth a wait for the disk.
cat >>"$dir/data/postgresql.conf" <<CONF
listen_addresses = '127.0.0.1'
port = $port
unix_socket_directories = '$dir'
fsync = off
full_page_writes = off
CONF
start() {
  "$bin/pg_ctl" start -s -w -t 60 -D "$dir/data" -l "$dir/log" >&2 || { cat "$dir/log" >&2; exit 1; }
  echo ready
}
start
while read -r order; do
  case $order in
    stop) "$bin/pg_ctl" stop -s -m immediate -D "$dir/data"; echo ready ;;
    start) start ;;
  esac
done
