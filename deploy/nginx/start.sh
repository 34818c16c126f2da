#!/bin/sh
# Starts nginx, tells it the port that browsers see, and has it take up certificates that are renewed while it runs.
# Usage: start.sh      HTTPS_PORT: the published port of HTTPS, 443 without it
set -eu
here="$(dirname "$0")"
tls="${TLS_DIR:-/etc/aurelius/tls}"
case "${HTTPS_PORT:-443}" in
  443) port= ;;
  *) port=":$HTTPS_PORT" ;;
esac
# shellcheck disable=SC2016 # nginx's variable
printf 'map "" $https_port { default "%s"; }\n' "$port" >/tmp/nginx-port.conf

marks() { cksum "$tls/tls.crt" "$tls/tls.key" 2>/dev/null || true; }
watch() {
  seen="$(marks)" warned=
  while sleep "${TLS_EVERY:-30}"; do
    now="$(marks)"
    if [ "$now" != "$seen" ]; then
      seen="$now" warned=
      if nginx -t -q -c "$here/nginx.conf" && nginx -s reload -c "$here/nginx.conf"; then
        echo "start.sh: the certificate was renewed, and nginx took it up" >&2
      else
        echo "start.sh: the certificate changed, and nginx does not take it; the old one is served" >&2
      fi
    fi
    if [ -z "$warned" ] && ! openssl x509 -in "$tls/tls.crt" -noout -checkend 1209600 >/dev/null 2>&1; then
      warned=1
      echo "start.sh: the certificate ends within 14 days, and nobody has renewed it" >&2
    fi
  done
}
watch &
exec nginx -c "$here/nginx.conf" -g 'daemon off;'
