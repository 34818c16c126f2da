#!/bin/sh
# redis-cli as the admin, without the password in the list of processes. Fails when the node answers with an error.
# Usage: ask.sh COMMAND…, or ask.sh -h HOST -p PORT COMMAND…
set -eu
REDISCLI_AUTH="$(cat "${REDIS_SECRETS:-/run/secrets}/redis_admin")"
export REDISCLI_AUTH
exec redis-cli -e --user admin --no-auth-warning "$@"
