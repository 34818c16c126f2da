# Runs a Redis Cluster of three masters until the pipe on its standard input is closed. Each line that comes through it
# is an order (see below). Each is answered with one line: `ready` when done, or else what went wrong.
# Usage: sh -c "$(cat cluster.sh)" cluster PORT BUSPORT PORT BUSPORT PORT BUSPORT [PORT BUSPORT PORT BUSPORT PORT BUSPORT]
# Nodes 4 to 6, where they are given, are replicas of 1 to 3.
# Orders: `stop N` ends node N as a power cut would, `start N` starts it again; `pause N` and `resume N` freeze it and let
# it go on.
folder="$(mktemp -d)"
nodes= replicas= node=0
while [ $# -ge 2 ]; do
  node=$((node + 1))
  eval "port$node=$1 bus$node=$2 pid$node="
  nodes="$nodes $node"
  [ $node -le 3 ] || replicas="$replicas $node"
  shift 2
done

launch() { # launch N
  eval "port=\$port$1 bus=\$bus$1"
  mkdir -p "$folder/$1"
  # stdin is closed to the server: the pipe must end with the process that made it.
  redis-server --port "$port" --cluster-port "$bus" --bind 127.0.0.1 --dir "$folder/$1" --cluster-enabled yes \
    --cluster-node-timeout 2000 --save '' --appendonly no --daemonize no --logfile "$folder/$1/log" \
    </dev/null >/dev/null 2>&1 &
  eval "pid$1=$!"
}

tell() { # tell N COMMAND…: what node N answers
  eval "port=\$port$1"; shift
  redis-cli -h 127.0.0.1 -p "$port" "$@" 2>&1
}

answers() { # answers N: waits until it does
  tries=0
  while [ "$(tell "$1" PING)" != PONG ]; do
    tries=$((tries + 1))
    if [ $tries -gt 200 ]; then tail -3 "$folder/$1/log"; return 1; fi
    sleep 0.05
  done
}

joined() { # every node sees all slots served
  tries=0
  for node in $nodes; do
    until tell $node CLUSTER INFO | grep -q '^cluster_state:ok' &&
      [ "$(tell $node CLUSTER NODES | grep -c ' connected [0-9]')" = 3 ]; do
      tries=$((tries + 1))
      if [ $tries -gt 600 ]; then tell $node CLUSTER INFO | head -1; return 1; fi
      sleep 0.05
    done
  done
}

follows() { # follows N: waits until replica N has what its master has
  tries=0
  until tell "$1" INFO replication | grep -q '^master_link_status:up'; do
    tries=$((tries + 1))
    if [ $tries -gt 600 ]; then tail -3 "$folder/$1/log"; return 1; fi
    sleep 0.05
  done
}

clean_up() {
  for node in $nodes; do
    eval "pid=\$pid$node"
    [ -z "$pid" ] || kill -KILL "$pid" 2>/dev/null
  done
  wait 2>/dev/null
  rm -rf "$folder"
}
trap clean_up EXIT

for node in $nodes; do launch $node; done
for node in $nodes; do answers $node || exit 1; done
tell 1 CLUSTER ADDSLOTSRANGE 0 5460 >/dev/null
tell 2 CLUSTER ADDSLOTSRANGE 5461 10922 >/dev/null
tell 3 CLUSTER ADDSLOTSRANGE 10923 16383 >/dev/null
for node in $nodes; do tell $node CLUSTER SET-CONFIG-EPOCH $node >/dev/null; done
for node in $nodes; do
  eval "port=\$port$node bus=\$bus$node"
  [ $node = 1 ] || tell 1 CLUSTER MEET 127.0.0.1 "$port" "$bus" >/dev/null
done
joined || exit 1
for node in $replicas; do
  tell $node CLUSTER REPLICATE "$(tell $((node - 3)) CLUSTER MYID)" >/dev/null
done
for node in $replicas; do follows $node || exit 1; done
echo ready

while read -r order node; do
  eval "pid=\$pid$node"
  case "$order" in
    stop) kill -KILL "$pid"; wait "$pid" 2>/dev/null; echo ready ;;
    start) launch "$node"; answers "$node" && joined && echo ready ;;
    pause) kill -STOP "$pid" && echo ready ;;
    resume) kill -CONT "$pid" && echo ready ;;
    *) echo "unknown order: $order" ;;
  esac
done
