# Runs a Redis Cluster of three masters until the pipe on its standard input is closed. Each line that comes through it
# is an order (see below). Each is answered with one line: `ready` when done, or else what went wrong.
# Usage: sh -c "$(cat cluster.sh)" cluster PORT BUSPORT PORT BUSPORT PORT BUSPORT
# Orders: `stop N` ends node N (1 to 3) as a power cut would, `start N` starts it again; `pause N` and `resume N` freeze
# it and let it go on.
folder="$(mktemp -d)"
port1=$1 bus1=$2 port2=$3 bus2=$4 port3=$5 bus3=$6

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
  for node in 1 2 3; do
    until tell $node CLUSTER INFO | grep -q '^cluster_state:ok' &&
      [ "$(tell $node CLUSTER NODES | grep -c ' connected [0-9]')" = 3 ]; do
      tries=$((tries + 1))
      if [ $tries -gt 600 ]; then tell $node CLUSTER INFO | head -1; return 1; fi
      sleep 0.05
    done
  done
}

clean_up() {
  kill -KILL "$pid1" "$pid2" "$pid3" 2>/dev/null
  wait 2>/dev/null
  rm -rf "$folder"
}
trap clean_up EXIT

for node in 1 2 3; do launch $node; done
for node in 1 2 3; do answers $node || exit 1; done
tell 1 CLUSTER ADDSLOTSRANGE 0 5460 >/dev/null
tell 2 CLUSTER ADDSLOTSRANGE 5461 10922 >/dev/null
tell 3 CLUSTER ADDSLOTSRANGE 10923 16383 >/dev/null
for node in 1 2 3; do tell $node CLUSTER SET-CONFIG-EPOCH $node >/dev/null; done
tell 1 CLUSTER MEET 127.0.0.1 "$port2" "$bus2" >/dev/null
tell 1 CLUSTER MEET 127.0.0.1 "$port3" "$bus3" >/dev/null
joined || exit 1
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
