#!/bin/sh
# Joins the nodes to one cluster of three masters with a replica each, unless they are one already; then waits until every
# slot is served.
# Usage: NODES="host:port …" REDIS_PASSWORD=… join.sh
set -eu
: "${NODES:?is missing; for example: NODES=\"10.0.0.1:6379 10.0.0.2:6379 …\", six of them}"
: "${REDIS_PASSWORD:?is missing: the password of the nodes}"
# redis-cli reads the password from here, so that it is in no list of processes.
export REDISCLI_AUTH="$REDIS_PASSWORD"

# shellcheck disable=SC2086 # a list of words
set -- $NODES
first=$1
ask() { redis-cli -h "${first%:*}" -p "${first##*:}" --no-auth-warning "$@"; }
says() { ask cluster info 2>/dev/null | tr -d '\r' | grep -qx "$1"; }

replicas_wanted=0
has_replicas() { [ "$(ask cluster nodes 2>/dev/null | grep -c slave)" -ge "$replicas_wanted" ]; }

if says cluster_known_nodes:1; then
  replicas_wanted=$(($# / 2))
  redis-cli --no-auth-warning --cluster create "$@" --cluster-replicas 1 --cluster-yes
fi
tries=0
until says cluster_state:ok && says cluster_slots_ok:16384 && says "cluster_known_nodes:$#" && has_replicas; do
  tries=$((tries + 1))
  if [ "$tries" -gt 120 ]; then
    echo "the cluster is not ready after 60 s:" >&2
    ask cluster info >&2
    ask cluster nodes >&2
    exit 1
  fi
  sleep 0.5
done
echo "the cluster serves all slots: $# nodes"
