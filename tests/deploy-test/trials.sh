# What tests/deploy-test/run tries with the composition once it runs. Sourced, after steps.sh.
# shellcheck shell=bash disable=SC2154 # of steps.sh and run

door=https://localhost:18443
visit() { curl --silent --show-error --max-time 10 --cacert "$work/bots/authority.crt" "$@"; }
inside() { docker exec "$(id_of "$1")" "${@:2}"; } # inside SERVICE COMMAND…
redis() { inside redis-1 /etc/aurelius/redis/ask.sh "$@"; }
sql() { inside postgres psql --username=aurelius --dbname=aurelius --no-align --tuples-only --command "$1"; }
expect() { # expect WHAT FOUND EXPECTED
  [ "$2" = "$3" ] || fail "$1: found '$2' instead of '$3'"
}

# ---- what must hold while nobody plays ----

look_at_doors() {
  expect "HTTP redirects to the port that browsers know" \
    "$(visit --output /dev/null --write-out '%{http_code} %{redirect_url}' http://localhost:18080/a?b)" "308 https://localhost:18443/a?b"
  expect "the door itself" "$(visit http://localhost:18080/door)" open
  echo answer >"$work/acme/token"
  mkdir -p "$work/acme/.well-known/acme-challenge" && mv "$work/acme/token" "$work/acme/.well-known/acme-challenge/"
  chmod -R a+rX "$work/acme"
  expect "an authority's question" "$(visit http://localhost:18080/.well-known/acme-challenge/token)" answer
  expect "the page over TLS, checked, by HTTP/2" "$(visit --output /dev/null --write-out '%{http_code} %{http_version}' "$door/")" "200 2"
  expect "metrics are nobody's business" "$(visit --output /dev/null --write-out '%{http_code}' "$door/metrics")" 404
  visit "$door/health" >/dev/null
  said "nginx: redirects, answers an ACME authority, speaks TLS and HTTP/2, hides metrics"

  within 30 "Prometheus has seen all it scrapes" all_scraped
  expect "alerts that Prometheus has" "$(visit "http://127.0.0.1:19090/api/v1/rules" | grep -o '"name":"Aurelius[A-Za-z]*"' | sort -u | wc -l)" \
    "$(grep -c 'alert: Aurelius' "$root/deploy/prometheus/alerts.yml")"
  local panels
  panels="$(visit --user "admin:$(cat "$work/secrets/grafana_password")" http://127.0.0.1:13000/panels)"
  case "$panels" in *'"refused": {}'*) ;; *) fail "Prometheus refuses expressions of the dashboard: $panels" ;; esac
  said "Prometheus scrapes three cranks and three relays; of the dashboard: $panels"
}
all_scraped() { [ "$(visit 'http://127.0.0.1:19090/api/v1/query?query=sum(up)' | grep -o '"6"')" = '"6"' ]; }

# No password is in what Docker tells of a container, or in the list of processes.
look_at_secrets() {
  local file
  docker ps --quiet | xargs docker inspect >"$work/inspected.json"
  # By file: what is looked for would be in the list of processes itself.
  for file in redis_admin redis_replica redis_crank redis_relay postgres_password grafana_password; do
    if grep -qFf "$work/secrets/$file" "$work/inspected.json"; then fail "docker inspect shows $file"; fi
    if cat /proc/[0-9]*/cmdline 2>/dev/null | tr '\0' '\n' | grep -qFf "$work/secrets/$file"; then fail "the list of processes shows $file"; fi
  done
  if inside relay-1 ls /run/secrets | grep -q -e crank -e keypair -e drip; then fail "a relay has a secret of the cranks"; fi
  said "passwords: in no variable and in no list of processes, and each service has its own only"
}

# A relay that was taken over can take no match from its crank, and can change no acked input.
as_relay() { inside redis-1 sh -c "REDISCLI_AUTH=$(cat "$work/secrets/redis_relay") redis-cli --user relay --no-auth-warning -c $*" 2>&1; }
look_at_rights() {
  local command
  for command in "set aurelius:game:{M}:lease 9:thief" "get aurelius:game:{M}:lease" "set aurelius:game:{M}:fence 1e300" \
    "xadd aurelius:game:{M}:log 1-0 r x" "del aurelius:game:{M}:log" "hset aurelius:game:{M} token 9" "hset aurelius:games M x" \
    "hset aurelius:cranks thief x" "eval return 0" "flushall" "config get requirepass" "keys aurelius" "cluster reset"; do
    case "$(as_relay "$command")" in *NOPERM*) ;; *) fail "a relay may: $command: $(as_relay "$command")" ;; esac
  done
  expect "a relay may keep a token" "$(as_relay "set aurelius:token:test x px 1000")" OK
  case "$(inside redis-1 redis-cli ping)" in *NOAUTH*) ;; *) fail "Redis answers a stranger" ;; esac
  said "Redis: a relay reads matches and sends moves; leases, fences, logs and lists are not its own; strangers get nothing"
}

# ---- playing ----

let_bots_play() {
  mkdir -p "$work/bots/wallets"
  bots_in_rounds >"$work/bots.log" 2>&1 &
  bots_job=$!
  within 180 "a match is live" live_matches
  said "the first matches are live"
}
# Until all has happened that is to happen while they play; the last round is played to its end.
bots_in_rounds() {
  until [ -e "$work/enough" ]; do
    BOTS="--count $bots --matches $matches" compose run -T --rm --name deploytest-bots bots || return
  done
}
live_matches() { [ "$(sql "SELECT count(*) FROM matches WHERE status = 'live'" 2>/dev/null || echo 0)" != 0 ]; }
bots_finish() {
  touch "$work/enough"
  local status=0
  wait "$bots_job" || status=$?
  [ "$status" = 0 ] || fail "the bots ended with status $status" "$work/bots.log"
  said "$(tail -n 1 "$work/bots.log")"
}

# As the kernel does when memory is short: nobody is asked, and the restart policy brings the service back.
kill_service() {
  local id pid before
  id="$(id_of "$1")"
  pid="$(docker inspect --format '{{.State.Pid}}' "$id")"
  before="$(docker inspect --format '{{.RestartCount}}' "$id")"
  kill -9 "$pid"
  within 30 "$1 is started again" was_restarted "$id" "$before"
  within 180 "$1 is healthy again" is_well "$1"
  said "$1 killed: started again by itself, well after $waited s"
}
was_restarted() { [ "$(docker inspect --format '{{.RestartCount}} {{.State.Running}}' "$1")" = "$(($2 + 1)) true" ]; }
redis_is_whole() {
  [ "$(redis cluster info 2>/dev/null | tr -d '\r' | grep -c -e '^cluster_state:ok' -e '^cluster_slots_ok:16384')" = 2 ] &&
    [ "$(redis cluster nodes | grep -c 'slave .* connected')" = 3 ]
}
kill_each_service() {
  local service
  for service in $services; do
    kill_service "$service"
    case "$service" in redis-*) within 60 "Redis is whole again" redis_is_whole ;; esac
  done
  all_healthy 60
  said "all of $(echo "$services" | wc -w) services were killed once, and are well"
}

# The name of a relay that does not run means nothing, and keeps nginx from nothing.
nginx_starts_without_a_relay() {
  compose stop relay-3 >/dev/null 2>&1
  compose restart nginx >/dev/null 2>&1
  within 30 "nginx is healthy" is_well nginx
  expect "the page, without relay-3" "$(visit --output /dev/null --write-out '%{http_code}' "$door/")" 200
  compose start relay-3 >/dev/null 2>&1
  within 60 "relay-3 is healthy" is_well relay-3
  said "nginx starts while relay-3 is away, and serves"
}

roll_new_image() {
  set_to AURELIUS_IMAGE aurelius:second
  local lost=0 tries=0
  (cd "$root" && deploy/roll --env-file "$work/deploy.env" -f deploy/compose.yaml -f tests/deploy-test/compose.yaml) >"$work/roll.log" 2>&1 &
  local job=$!
  # Whoever opens the page meanwhile sees it.
  while kill -0 "$job" 2>/dev/null; do
    tries=$((tries + 1))
    visit --fail --output /dev/null "$door/api/matches" 2>/dev/null || lost=$((lost + 1))
    sleep 0.2
  done
  wait "$job" || fail "the roll broke off" "$work/roll.log"
  sed 's/^/            /' "$work/roll.log"
  expect "requests that failed during the roll, of $tries" "$lost" 0
  said "rolled, and all $tries requests meanwhile were answered"
}

served_until() { openssl s_client -connect localhost:18443 -servername play.test </dev/null 2>/dev/null | openssl x509 -noout -serial; }
renew_certificate() {
  local before
  before="$(served_until)"
  new_certificate second
  within 60 "nginx serves the new certificate" is_other_certificate "$before"
  expect "the page under the new certificate" "$(visit --output /dev/null --write-out '%{http_code}' "$door/")" 200
  said "a renewed certificate is served after $waited s, and nobody restarted nginx"
}
is_other_certificate() { local now; now="$(served_until)"; [ -n "$now" ] && [ "$now" != "$1" ]; }

# ---- what is left ----

judge() {
  within 300 "every match that was entered is paid" all_paid
  mv "$work/bots/report.jsonl" "$work/bots/wallets" "$work/"
  mkdir -p "$work/replays"
  local match checked=0
  while read -r match; do
    within 60 "$match has a replay" fetch_replay "$match"
    docker run --rm --network "${COMPOSE_PROJECT_NAME}_chain" --volume "$work/replays:/replays:ro" aurelius:first \
      verify "$match" --rpc-url http://chain:18899 --replay "/replays/$match.replay" >"$work/verdict.txt" 2>&1 ||
      fail "the verifier finds $match wrong" "$work/verdict.txt"
    checked=$((checked + 1))
  done <"$work/matches.txt"
  said "aurelius verify: all $checked matches are what the rules and the signed inputs say"
  node "$here/judge.mjs" "$work" >"$work/judgement.txt" || fail "not every promise was kept" "$work/judgement.txt"
  sed 's/^/            /' "$work/judgement.txt"
  expect "faults that the watchtower saw" "$(docker logs "$(id_of watchtower)" 2>/dev/null | grep -c '"fault"' || true)" 0
}
all_paid() { node "$here/judge.mjs" "$work" --matches >"$work/matches.txt" 2>"$work/judge.err"; }
fetch_replay() { visit --fail --output "$work/replays/$1.replay" "$door/api/matches/$1/replay" 2>/dev/null; }

restore_backup() {
  # One more, so that all that was played is in it.
  inside backup /etc/aurelius/postgres/backup.sh --once >/dev/null || fail "no backup could be made"
  local newest
  newest="$(find "$work/backup" -name 'aurelius-*.dump' | sort | tail -n 1)"
  inside postgres createdb --username=aurelius restored
  docker exec --interactive "$(id_of postgres)" pg_restore --username=aurelius --dbname=restored --exit-on-error <"$newest" || fail "$newest cannot be restored"
  local table
  for table in matches intents history_entries; do
    expect "rows of $table that came back" \
      "$(inside postgres psql --username=aurelius --dbname=restored -Atc "SELECT count(*) FROM $table")" "$(sql "SELECT count(*) FROM $table")"
  done
  said "$(find "$work/backup" -name 'aurelius-*.dump' | wc -l) backups; the last one brings back $(sql 'SELECT count(*) FROM matches') matches"
}

# A cluster as an interrupted start leaves it: slots without a master, a node that knows nobody, a replica missing.
half_made_cluster() {
  compose stop crank-1 crank-2 crank-3 relay-1 relay-2 relay-3 >/dev/null 2>&1
  local node
  for node in 1 2 3 4 5 6; do
    inside "redis-$node" /etc/aurelius/redis/ask.sh flushall >/dev/null 2>&1 || true
    inside "redis-$node" /etc/aurelius/redis/ask.sh cluster reset hard >/dev/null
  done
  inside redis-1 /etc/aurelius/redis/ask.sh cluster addslotsrange 0 5460 >/dev/null
  inside redis-2 /etc/aurelius/redis/ask.sh cluster addslotsrange 5461 8000 >/dev/null
  redis cluster meet 10.87.31.12 6379 >/dev/null
  compose run -T --rm redis-join >"$work/join.log" 2>&1 || fail "a half-made cluster stays half-made" "$work/join.log"
  within 30 "Redis is whole" redis_is_whole
  # A node that was replaced by an empty one.
  inside redis-5 /etc/aurelius/redis/ask.sh cluster reset hard >/dev/null
  compose run -T --rm redis-join >"$work/join.log" 2>&1 || fail "a replaced node stays outside" "$work/join.log"
  within 30 "Redis is whole" redis_is_whole
  compose run -T --rm redis-join >"$work/join.log" 2>&1 || fail "a whole cluster is no more" "$work/join.log"
  expect "what is done to a whole cluster" "$(grep -c 'join.sh:' "$work/join.log")" 1
  compose start crank-1 crank-2 crank-3 relay-1 relay-2 relay-3 >/dev/null 2>&1
  all_healthy 90
  said "redis-join made a half-made cluster whole, took a replaced node in, and left a whole one alone; cranks and relays run on it"
}

take_down() {
  compose stop crank-1 crank-2 crank-3 relay-1 relay-2 relay-3 >/dev/null 2>&1
  local service
  for service in crank-1 crank-2 crank-3 relay-1 relay-2 relay-3; do
    expect "the exit status of $service, which was asked to end" "$(docker inspect --format '{{.State.ExitCode}}' "$(id_of "$service")")" 0
  done
  compose down --volumes --timeout 20 >"$work/down.log" 2>&1 || fail "the composition does not end" "$work/down.log"
  expect "containers that are left" "$(docker ps -aq | wc -l)" 0
  expect "volumes that are left" "$(docker volume ls -q | wc -l)" 0
  said "cranks and relays ended in good order, and nothing is left"
}
