#!/bin/sh
# Starts a node with the password from the environment, which stays out of the list of processes.
# Usage: start.sh [SETTING VALUE]…, which count more than redis.conf
set -eu
here="$(dirname "$0")"
: "${REDIS_PASSWORD:?is missing; for example: REDIS_PASSWORD=\$(openssl rand -hex 24)}"
settings="$(mktemp)"
{
  printf 'requirepass "%s"\n' "$REDIS_PASSWORD"
  printf 'masterauth "%s"\n' "$REDIS_PASSWORD"
  while [ $# -ge 2 ]; do
    printf '%s %s\n' "$1" "$2"
    shift 2
  done
} >"$settings"
# The open file stays readable for the server; its name goes.
exec 3<"$settings"
rm "$settings"
exec redis-server "$here/redis.conf" - <&3
