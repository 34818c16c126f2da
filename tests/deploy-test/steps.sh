# The steps of tests/deploy-test/run, and what they share. Sourced.
# shellcheck shell=bash disable=SC2154,SC2034 # the options are run's, and trials.sh uses some of this

# Everything is below this folder, or in the daemon's memory.
room="${ROOM:-/var/tmp/aurelius-deploy-test}"
work="$room/work"
begun="$(date +%s)"
export PATH="$room/bin:$root/tools/.node/bin:$PATH"
export DOCKER_HOST="unix://$room/docker.sock" DOCKER_BUILDKIT=1 COMPOSE_PROJECT_NAME=deploytest
export CHAIN_URL=http://127.0.0.1:18899

step() { echo; echo "== $*"; }
said() { printf '   %4d s  %s\n' $(($(date +%s) - begun)) "$*"; }
fail() { # fail SENTENCE [FILE]: says so, shows the end of the file, and ends
  echo "deploy-test: FAILED: $1" >&2
  if [ -n "${2:-}" ]; then tail -n 30 "$2" >&2; fi
  exit 1
}
# Waits for up to so many seconds; $waited is for how long it was.
within() { # within SECONDS WHAT COMMAND…
  local patience="$1" what="$2" from
  shift 2
  from="$(date +%s)"
  until "$@"; do
    (($(date +%s) - from < patience)) || fail "not within $patience s: $what"
    sleep 0.5
  done
  waited=$(($(date +%s) - from))
}

# ---- the daemon ----

start_daemon() {
  [ "$(id -u)" = 0 ] || fail "needs root, to run a Docker daemon"
  "$root/tools/setup" node docker
  mkdir -p "$work" "$room/bin"
  # Debian's client, whatever else is installed: one and the same age as the daemon.
  ln -sf /usr/bin/docker /usr/bin/docker-compose "$room/bin/"
  if docker info >/dev/null 2>&1; then fail "a daemon of an earlier run is there: kill \$(cat $room/docker.pid), and rm -r $room"; fi
  # Its data, state and socket are its own: a daemon of this machine, and what runs on it, are not touched.
  dockerd --data-root "$room/docker" --exec-root "$room/exec" --pidfile "$room/docker.pid" --host "$DOCKER_HOST" \
    --init-path /usr/bin/tini-static --log-level warn >"$room/docker.log" 2>&1 &
  trap end_daemon EXIT
  within 60 "the daemon answers" docker info >/dev/null 2>&1
  # What an earlier run left, but for its images.
  docker ps -aq | xargs -r docker rm --force >/dev/null
  docker volume ls -q | xargs -r docker volume rm >/dev/null
  docker network prune --force >/dev/null
  said "Docker $(docker version --format '{{.Server.Version}}'), data in $room/docker"
}
# After a failure too: what is left is worth a look, and running it is not.
end_daemon() {
  local status=$?
  if [ "$status" != 0 ]; then
    save_logs
    echo "deploy-test: logs of all containers are in $work/logs; --keep leaves them running" >&2
    if [ -n "$keep" ]; then exit "$status"; fi
  fi
  if [ -s "$room/docker.pid" ]; then
    docker ps -q | xargs -r docker kill >/dev/null 2>&1 || true
    kill "$(cat "$room/docker.pid")" 2>/dev/null || true
    for _ in $(seq 60); do if [ -e "$room/docker.pid" ]; then sleep 0.5; fi; done
  fi
  exit "$status"
}
save_logs() {
  mkdir -p "$work/logs"
  for name in $(docker ps -a --format '{{.Names}}' 2>/dev/null); do
    docker logs "$name" >"$work/logs/$name" 2>&1 || true
  done
}

# ---- images ----

# As the composition or the Dockerfile names it, whole: tag_of redis
tag_of() { grep -hoE "^ *(image:|FROM) $1:[^ ]+" "$root/deploy/compose.yaml" "$root/deploy/Dockerfile" | head -n 1 | sed -E 's/^ *[^ ]+ //'; }
is_there() { docker image inspect "$1" >/dev/null 2>&1; }

# A tree of Debian as an image; packages as debootstrap wants them.
import_debian() { # import_debian SUITE PACKAGES NAME
  is_there "$3" && return
  said "debootstrap of $1"
  rm -rf "$room/tree"
  debootstrap --variant=minbase --include="$2" "$1" "$room/tree" >"$room/debootstrap.log" 2>&1 || fail "debootstrap of $1" "$room/debootstrap.log"
  # This machine's authorities: package registries may be behind one of its own.
  cp /etc/ssl/certs/ca-certificates.crt "$room/tree/etc/ssl/certs/"
  cp -r /usr/local/share/ca-certificates/. "$room/tree/usr/local/share/ca-certificates/"
  rm -rf "$room/tree/var/cache/apt/archives/"*.deb
  tar -C "$room/tree" -c . | docker import - "$3" >/dev/null
  rm -rf "$room/tree"
}
stand_in() { # stand_in NAME [BUILD ARGUMENT…]: images/NAME, under the name that the composition uses
  local name="$1" tag
  shift
  tag="$(tag_of "(prom/|grafana/)?$name")"
  [ -n "$tag" ] || fail "nothing in deploy/ names an image $name"
  if ! is_there "$tag"; then
    docker build --quiet --network host --build-arg BASE=deploy-test/debian "$@" --tag "$tag" "$here/images/$name" >"$room/build.log" 2>&1 \
      || fail "the stand-in for $tag" "$room/build.log"
  fi
  said "$tag"
}
build_stand_ins() {
  import_debian bookworm ca-certificates deploy-test/debian
  docker tag deploy-test/debian "$(tag_of debian)"
  stand_in redis
  stand_in postgres
  stand_in prometheus
  stand_in grafana
  # Debian 12's nginx looks names up at its start only; the image has a newer one, and so has sid.
  import_debian sid ca-certificates,nginx,curl "$(tag_of nginx)"
  said "$(tag_of nginx), which is $(docker run --rm "$(tag_of nginx)" nginx -v 2>&1)"
}

build_image() {
  if [ -n "$binary" ]; then
    prepare_short_build
    docker build --quiet --network host --tag aurelius:first "$room/short" >"$room/build.log" 2>&1 || fail "the image" "$room/build.log"
  else
    stand_in node --build-arg "VERSION=$(sed -n 's/^node_version=//p' "$root/tools/setup")"
    bring_toolchain
    # One job at a time, because nothing slows down what a daemon builds. No registry can be reached, and none is asked.
    docker build --network host --build-arg CARGO_BUILD_JOBS="${JOBS:-1}" \
      --build-arg AURELIUS_COMMIT="$(git -C "$root" rev-parse --short=12 HEAD)" --file "$root/deploy/Dockerfile" --tag aurelius:first "$root" \
      >"$room/build.log" 2>&1 || fail "the image" "$room/build.log"
  fi
  # The same again under another name and with another label, so that there is something to roll.
  printf 'FROM aurelius:first\nLABEL roll=second\n' | docker build --quiet --tag aurelius:second - >/dev/null
  printf 'FROM aurelius:first\nUSER 0\nRUN apt-get update && apt-get install -y --no-install-recommends socat\n' |
    docker build --quiet --network host --tag deploy-test/chain - >"$room/build.log" 2>&1 || fail "the chain's image" "$room/build.log"
  said "$(docker run --rm aurelius:first --version), $(($(docker image inspect --format '{{.Size}}' aurelius:first) / 1000000)) MB"
}
# The last stage alone, with what the stages before it would have made.
prepare_short_build() {
  rm -rf "$room/short"
  mkdir -p "$room/short/page"
  cp "$binary" "$room/short/aurelius"
  cp -r "$root/programs/aurelius/artifact" "$room/short/program"
  cp "$root/idl/aurelius.json" "$room/short/program/"
  echo '<!doctype html><title>Aurelius</title>' >"$room/short/page/index.html"
  if [ -e "$root/web/dist/index.html" ]; then cp -r "$root/web/dist/." "$room/short/page/"; fi
  sed -n '/^FROM debian/,$p' "$root/deploy/Dockerfile" |
    sed -e 's#COPY --from=command /out/aurelius#COPY aurelius#' -e 's#COPY --from=page /page/web/dist#COPY page#' \
      -e 's#COPY programs/aurelius/artifact idl/aurelius.json#COPY program#' >"$room/short/Dockerfile"
}
# rustup's own toolchain of this machine, as the image of Docker Hub has one.
bring_toolchain() {
  is_there "$(tag_of rust)" && return
  rm -rf "$room/rust"
  cp -r "$here/images/rust" "$room/rust"
  cp -rL "$(rustc --print sysroot)" "$room/rust/toolchain"
  rm -rf "$room/rust/toolchain/share/doc"
  docker build --quiet --network host --build-arg BASE=deploy-test/debian --tag "$(tag_of rust)" "$room/rust" >"$room/build.log" 2>&1 || fail "the stand-in for rust" "$room/build.log"
  rm -rf "$room/rust"
  said "$(tag_of rust), with $(rustc --version)"
}

# ---- the composition ----

compose() {
  local files=(--env-file "$work/deploy.env" -f "$root/deploy/compose.yaml" -f "$here/compose.yaml")
  if docker compose version >/dev/null 2>&1; then docker compose "${files[@]}" "$@"; else docker-compose "${files[@]}" "$@"; fi
}
# By label: asking the composer takes seconds where processors are short.
id_of() {
  docker ps --all --quiet --filter "label=com.docker.compose.project=$COMPOSE_PROJECT_NAME" \
    --filter "label=com.docker.compose.service=$1" --filter "label=com.docker.compose.oneoff=False" | head -n 1
}
health_of() { docker inspect --format '{{if .State.Health}}{{.State.Health.Status}}{{else}}{{.State.Status}}{{end}}' "$(id_of "$1")" 2>/dev/null; }
is_well() { case "$(health_of "$1")" in healthy | running) return 0 ;; *) return 1 ;; esac; }
services="crank-1 crank-2 crank-3 relay-1 relay-2 relay-3 redis-1 redis-2 redis-3 redis-4 redis-5 redis-6 postgres nginx watchtower backup prometheus grafana"
all_healthy() { # all_healthy SECONDS
  for service in $services; do within "$1" "$service is healthy (docker logs $(id_of "$service"))" is_well "$service"; done
}

set_to() { sed -i -E "s#^\#?($1)=.*#\1=$2#" "$work/deploy.env"; }
new_certificate() { # new_certificate NAME: of the test's own authority, as NAME.crt and NAME.key
  local tls="$work/authority"
  mkdir -p "$tls" "$work/bots"
  [ -e "$tls/authority.key" ] || openssl req -x509 -newkey rsa:2048 -nodes -days 3 -subj /CN=authority \
    -keyout "$tls/authority.key" -out "$work/bots/authority.crt" 2>/dev/null
  openssl req -newkey rsa:2048 -nodes -subj /CN=play.test -keyout "$tls/$1.key" -out "$tls/$1.csr" 2>/dev/null
  openssl x509 -req -in "$tls/$1.csr" -CA "$work/bots/authority.crt" -CAkey "$tls/authority.key" -CAcreateserial -days 2 \
    -extfile <(echo subjectAltName=DNS:play.test,DNS:localhost) -out "$tls/$1.crt" 2>/dev/null
  TLS_DIR="$work/tls" "$root/deploy/nginx/install-certificate" "$tls/$1.crt" "$tls/$1.key"
}
# What whoever deploys does: the settings, the secrets, the keys, the certificate.
settle_in() {
  rm -rf "$work"
  mkdir -p "$work/keys" "$work/bots"
  cp "$root/deploy/example.env" "$work/deploy.env"
  local folder
  for folder in SECRETS_DIR:secrets BACKUP_DIR:backup ACME_DIR:acme TLS_DIR:tls OPERATOR_KEYPAIR_FILE:operator.json \
    DRIP_KEY_FILE:drip.key WATCHTOWER_KEYPAIR_FILE:watchtower.json; do
    set_to "${folder%%:*}" "$work/${folder#*:}"
  done
  set_to AURELIUS_IMAGE aurelius:first
  set_to AURELIUS_RPC_URL http://chain:18899
  set_to AURELIUS_GATEWAY_URL http://chain:18899
  set_to AURELIUS_DECIMALS 6
  set_to AURELIUS_BLITZ 1
  set_to DOMAIN play.test:18443
  set_to HTTP_PORT 18080
  set_to HTTPS_PORT 18443
  set_to PROMETHEUS_PORT 19090
  set_to GRAFANA_PORT 13000
  set_to BACKUP_EVERY 60
  # A sandbox may allow a daemon less than a machine does.
  set_to OPEN_FILES "$(($(ulimit -Hn) < 65536 ? $(ulimit -Hn) : 65536))"
  local cores; cores="$(nproc)"
  for name in CRANK RELAY POSTGRES NGINX; do set_to "${name}_CPUS" "$((cores < 2 ? cores : 2))"; done
  printf 'WORK=%s\n' "$work" >>"$work/deploy.env"
  set_to AURELIUS_MINT not-known-yet
  openssl rand -hex 32 >"$work/drip.key"
  node "$here/wallet.mjs" new "$work/watchtower.json"
  cp "$work/watchtower.json" "$work/operator.json" # until the chain has made its own
  "$root/deploy/prepare" "$work/deploy.env"
  new_certificate first
  compose up --detach chain >"$work/up.log" 2>&1 || fail "the chain does not start" "$work/up.log"
  within 60 "the chain runs" chain_runs
  set_to AURELIUS_MINT "$(docker logs "$(id_of chain)" 2>&1 | sed -n 's/^ *export AURELIUS_MINT=//p')"
  cp "$work/keys/operator.json" "$work/operator.json"
  chown 10001:10001 "$work/operator.json" "$work/drip.key" "$work/watchtower.json"
  chmod 0400 "$work/operator.json" "$work/drip.key" "$work/watchtower.json"
  node "$here/wallet.mjs" sol "$work/watchtower.json"
  node "$here/judge.mjs" "$work" --before "$work/keys"
}
chain_runs() { docker logs "$(id_of chain)" 2>&1 | grep -q 'running until Ctrl-C'; }
