#!/bin/sh
# Starts a node with the users and the password of /run/secrets, which stay out of the environment and the list of processes.
# Usage: start.sh [SETTING VALUE]…, which count more than redis.conf
set -eu
here="$(dirname "$0")"
secrets="${REDIS_SECRETS:-/run/secrets}"
for file in redis_users.acl redis_replica; do
  [ -r "$secrets/$file" ] || { echo "start.sh: $secrets/$file is missing: deploy/prepare makes it" >&2; exit 1; }
done
settings="$(mktemp)"
{
  printf 'aclfile %s/redis_users.acl\n' "$secrets"
  printf 'masteruser replica\n'
  printf 'masterauth "%s"\n' "$(cat "$secrets/redis_replica")"
  while [ $# -ge 2 ]; do
    printf '%s %s\n' "$1" "$2"
    shift 2
  done
} >"$settings"
# The open file stays readable for the server; its name goes.
exec 3<"$settings"
rm "$settings"
exec redis-server "$here/redis.conf" - <&3
