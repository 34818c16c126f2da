#!/bin/sh
# Makes the nodes one cluster of masters with a replica each, whatever is there: nothing, half of one that was interrupted, a
# node that was replaced by an empty one, slots that nobody serves or that were left between two. A whole cluster stays as it
# is. Ends when every slot is served and every master has a replica. Every node has to answer: one that does not may be alive.
# Usage: NODES="host:port …" join.sh        and the admin's password in /run/secrets/redis_admin
set -eu
: "${NODES:?is missing; for example: NODES=\"10.0.0.1:6379 10.0.0.2:6379 …\", six of them}"
here="$(dirname "$0")"
# shellcheck disable=SC2086 # a list of words
set -- $NODES
count=$# masters_wanted=$(($# / 2))
[ "$count" -ge 6 ] || { echo "join.sh: $count nodes are too few for three masters with a replica each" >&2; exit 2; }

said() { echo "join.sh: $*"; }
ask() { # ask NODE COMMAND…
  node="$1"
  shift
  "$here/ask.sh" -h "${node%:*}" -p "${node##*:}" "$@" | tr -d '\r'
}
info() { ask "$1" cluster info | sed -n "s/^$2://p"; } # info NODE FIELD
# `cluster nodes` has a line for each: id address flags master … link, and behind the eighth word the slots of a master.
table() { ask "$1" cluster nodes; }
is_master() { table "$1" | grep myself | grep -q master; }
has_slots() { [ "$(table "$1" | awk '/myself/ {print NF}')" -gt 8 ]; }

until_so() { # until_so WHAT CONDITION…: for up to a minute
  what="$1" tries=0
  shift
  until "$@"; do
    tries=$((tries + 1))
    if [ "$tries" -gt 120 ]; then
      echo "join.sh: after a minute still not: $what" >&2
      for member in $NODES; do echo "$member:" >&2; table "$member" >&2 || true; done
      exit 1
    fi
    sleep 0.5
  done
}
answers() { ask "$1" ping 2>/dev/null | grep -q PONG; }

# The node that knows the most is asked what there is.
eldest() {
  most=-1
  for member in $NODES; do
    knows="$(info "$member" cluster_slots_assigned)"
    if [ "$knows" -gt "$most" ]; then most="$knows" wisest="$member"; fi
  done
  echo "$wisest"
}

# Every node answers, so an identity that none of them has is that of a node that was replaced.
forget_the_dead() {
  alive=" "
  for member in $NODES; do alive="$alive$(ask "$member" cluster myid) "; done
  for known in $(table "$source" | cut -d ' ' -f 1); do
    case "$alive" in *" $known "*) continue ;; esac
    for member in $NODES; do ask "$member" cluster forget "$known" >/dev/null 2>&1 || true; done
    said "forgot $known, which is no more"
  done
}
agree() {
  knows="$(info "$source" cluster_slots_assigned)"
  for member in $NODES; do
    [ "$(info "$member" cluster_known_nodes)" = "$count" ] || return 1
    [ "$(info "$member" cluster_slots_assigned)" = "$knows" ] || return 1
  done
}
meet() {
  if agree; then return 0; fi
  for member in $NODES; do
    # The port on which nodes speak among themselves, unless it is the usual one.
    bus="$(ask "$member" config get cluster-port | tail -n 1)"
    [ "$bus" != 0 ] || bus=$((${member##*:} + 10000))
    [ "$member" = "$source" ] || ask "$source" cluster meet "${member%:*}" "${member##*:}" "$bus" >/dev/null
  done
  sleep 1
  forget_the_dead
  agree
}

# The slots that no master serves, as ranges, a line each.
unserved() {
  table "$source" | awk '
    $3 ~ /master/ {
      for (i = 9; i <= NF; i++) if ($i !~ /^\[/) {
        split($i, range, "-")
        for (slot = range[1] + 0; slot <= (range[2] == "" ? range[1] : range[2]) + 0; slot++) served[slot] = 1
      }
    }
    END {
      from = -1
      for (slot = 0; slot <= 16384; slot++) {
        if (slot < 16384 && !(slot in served)) { if (from < 0) from = slot }
        else if (from >= 0) { print from, slot - 1; from = -1 }
      }
    }'
}
# Each stretch of slots is planned for a node; when that one is a replica, its master serves it.
owner_of() {
  if is_master "$1"; then echo "$1"; return; fi
  master="$(table "$1" | awk '/myself/ {print $4}')"
  table "$source" | awk -v id="$master" '$1 == id {split($2, address, "@"); print address[1]}'
}
serve() {
  missing="$(unserved)" part=0
  for member in $NODES; do
    if [ "$part" -ge "$masters_wanted" ]; then break; fi
    low=$((16384 * part / masters_wanted)) high=$((16384 * (part + 1) / masters_wanted - 1)) part=$((part + 1))
    ranges="$(echo "$missing" | awk -v low="$low" -v high="$high" 'NF {
      from = ($1 > low) ? $1 : low; to = ($2 < high) ? $2 : high
      if (from + 0 <= to + 0) printf "%d %d ", from, to
    }')"
    if [ -n "$ranges" ]; then
      owner="$(owner_of "$member")"
      # shellcheck disable=SC2086 # a list of numbers
      ask "$owner" cluster addslotsrange $ranges >/dev/null
      said "$owner serves the slots $ranges"
    fi
  done
}
# Of slots that a move left between two nodes, one has the keys.
close_slots() {
  if table "$source" | grep -q -e '->-' -e '-<-' || [ "$(info "$source" cluster_slots_fail)" != 0 ]; then
    "$here/ask.sh" --cluster fix "$source" --cluster-yes
  fi
}

# A node without slots follows the master with the fewest replicas.
lonely_master() {
  table "$source" | awk '
    $3 ~ /master/ && NF > 8 {replicas[$1] += 0; serves[$1] = 1}
    $3 ~ /slave/ {replicas[$4] += 1}
    END {for (id in serves) if (best == "" || replicas[id] < replicas[best]) best = id; print best}'
}
is_seen_to_follow() { table "$source" | awk -v id="$1" '$1 == id && $3 ~ /slave/ {seen = 1} END {exit !seen}'; }
follow() {
  for member in $NODES; do
    if ! is_master "$member" || has_slots "$member"; then continue; fi
    master="$(lonely_master)"
    ask "$member" cluster replicate "$master" >/dev/null
    said "$member follows $master"
    until_so "$member is a replica for the others" is_seen_to_follow "$(ask "$member" cluster myid)"
  done
}

whole() {
  for member in $NODES; do
    ask "$member" cluster info | grep -qx cluster_state:ok || return 1
    [ "$(info "$member" cluster_slots_ok)" = 16384 ] && [ "$(info "$member" cluster_known_nodes)" = "$count" ] || return 1
  done
  [ "$(table "$source" | grep -c 'slave.* connected')" -ge "$masters_wanted" ]
}

for member in $NODES; do until_so "$member answers" answers "$member"; done
source="$(eldest)"
if ! whole; then
  until_so "every node knows every other" meet
  serve
  until_so "every node knows who serves what" agree
  close_slots
  follow
  until_so "the cluster is whole" whole
fi
said "the cluster serves all slots: $count nodes"
