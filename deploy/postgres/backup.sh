#!/bin/sh
# Dumps the database again and again into /backup, reads every dump back, and keeps the last ones.
# Usage: backup.sh [--once | --healthy]      with PGHOST, PGUSER, PGDATABASE and PGPASSFILE
#   BACKUP_EVERY  seconds from one dump to the next, 21600 without it
#   BACKUP_KEEP   dumps that are kept, 28 without it
#   --once        one dump, then the end, with its status
#   --healthy     succeeds when the last dump is not older than two of those spans
set -eu
every="${BACKUP_EVERY:-21600}" keep="${BACKUP_KEEP:-28}" folder="${BACKUP_DIR:-/backup}"

# A dump has its name only when it is whole and can be read.
dump() {
  name="$folder/aurelius-$(date -u +%Y%m%dT%H%M%SZ).dump"
  if pg_dump --format=custom --file="$name.part" && pg_restore --file=/dev/null "$name.part"; then
    mv "$name.part" "$name"
    echo "backup: $name, $(wc -c <"$name") bytes"
  else
    rm -f "$name.part"
    echo "backup: failed; the last dump stays as it is" >&2
    return 1
  fi
  find "$folder" -name 'aurelius-*.dump' | sort -r | tail -n "+$((keep + 1))" | xargs -r rm --
}

case "${1:-}" in
  --healthy) [ -n "$(find "$folder" -name 'aurelius-*.dump' -mmin "-$((every / 30 + 1))")" ] ;;
  --once) dump ;;
  "")
    trap 'exit 0' TERM INT
    while :; do
      # After a failure not the whole span: a database that restarts is back soon.
      if dump; then pause="$every"; else pause=30; fi
      sleep "$pause" &
      wait $! || true
    done ;;
  *) echo "usage: backup.sh [--once | --healthy]" >&2; exit 2 ;;
esac
