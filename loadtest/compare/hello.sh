#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Compares GET /api/health/ of our release server with nginx's `return 200` (one worker, keep-alive, no log) on loopback: the same
# generator, rounds in turn, so that both see the same machine. The generator is wrk where it is installed, else bench.
# Prints requests a second and server CPU per request of each round, and the ratios of the means.
# Usage: [GENERATOR=bench] [CHECK=1] loadtest/compare/hello.sh [rounds] [seconds per round] [connections]
# Needs: swift build -c release --product mve && swift build -c release --product bench; nginx.
set -euo pipefail
cd "$(dirname "$0")/../.."
rounds=${1:-3} secs=${2:-5} connections=${3:-64}
bin=${MVE_BIN:-.build/release}
unset MVE_BIN   # the server refuses keys it does not know
for program in "$bin/mve" "$bin/bench"; do [ -x "$program" ] || { echo "$program is not built" >&2; exit 2; }; done
nginx=$(PATH=$PATH:/usr/sbin command -v nginx) || { echo "nginx is not installed" >&2; exit 2; }
wrk=
[ "${GENERATOR:-wrk}" = wrk ] && wrk=$(command -v wrk || true)
tmp=$(mktemp -d /tmp/mve-hello.XXXXXX)
chmod 755 "$tmp"   # the accounts of the private services must get through
pids=()
finish() {
  for pid in "${pids[@]}"; do kill "$pid" 2>/dev/null || true; done
  for pid in "${pids[@]}"; do wait "$pid" 2>/dev/null || true; done
  rm -rf "$tmp"
}
trap finish EXIT

# With a provider's credentials no sandbox is started; nothing here pays.
export RAZORPAY_KEY_ID=rzp_test_Compare0000001 RAZORPAY_KEY_SECRET=comparecompare000000001 RAZORPAY_WEBHOOK_SECRETS=comparecompare000000002
MVE_DATA_DIR=$tmp/data HTTP_PORT=0 METRICS_PORT=0 RATE_LIMITS=off "$bin/mve" serve >"$tmp/mve.log" 2>&1 &
mve=$!; pids+=("$mve")
for _ in $(seq 600); do
  ours=$(sed -n 's/.*listening on \(http:\/\/127\.0\.0\.1:[0-9]*\).*/\1/p' "$tmp/mve.log" | head -1)
  [ -n "$ours" ] && break
  kill -0 "$mve" 2>/dev/null || { cat "$tmp/mve.log" >&2; exit 3; }
  sleep 0.1
done
[ -n "$ours" ] || { echo "the server does not listen" >&2; exit 3; }

# nginx cannot choose a free port itself: another one is tried when this one is taken.
for _ in 1 2 3 4 5; do
  port=$((20000 + RANDOM % 10000))
  cat >"$tmp/nginx.conf" <<CONF
daemon off;
worker_processes 1;
pid $tmp/nginx.pid;
error_log $tmp/nginx.log;
events { worker_connections 4096; }
http {
  access_log off;
  keepalive_requests 1000000000;
  client_body_temp_path $tmp/body; proxy_temp_path $tmp/proxy; fastcgi_temp_path $tmp/fastcgi;
  uwsgi_temp_path $tmp/uwsgi; scgi_temp_path $tmp/scgi;
  default_type application/json;
  server { listen 127.0.0.1:$port backlog=4096; location / { return 200 '{"status":"ok"}'; } }
}
CONF
  "$nginx" -p "$tmp" -c "$tmp/nginx.conf" 2>>"$tmp/nginx.start" &
  theirs_pid=$!
  for _ in $(seq 50); do
    worker=$(pgrep -P "$theirs_pid" | head -1 || true)
    if [ -n "$worker" ] || ! kill -0 "$theirs_pid" 2>/dev/null; then break; fi
    sleep 0.1
  done
  [ -n "$worker" ] && break
done
[ -n "$worker" ] || { cat "$tmp/nginx.start" >&2; exit 3; }
pids+=("$theirs_pid")
theirs=http://127.0.0.1:$port

ticks() { awk '{ print $14 + $15 }' "/proc/$1/stat"; }
round() { # name, url, pid: prints and appends "per_second cpu" to $tmp/name
  local before after rate ok
  before=$(ticks "$3")
  if [ -n "$wrk" ]; then
    "$wrk" -t1 -c"$connections" -d"${secs}s" "$2/api/health/" >"$tmp/out"
    rate=$(sed -n 's/^Requests\/sec: *//p' "$tmp/out")
    ok=$(sed -n 's/^ *\([0-9]*\) requests in.*/\1/p' "$tmp/out")
  else
    "$bin/bench" hello --url "$2" --connections "$connections" --duration "$secs" --json "$tmp/json" >"$tmp/out"
    rate=$(sed -n 's/.*"per_second":\([0-9.]*\).*/\1/p' "$tmp/json")
    ok=$(sed -n 's/.*"ok":\([0-9]*\).*/\1/p' "$tmp/json")
  fi
  after=$(ticks "$3")
  awk -v n="$1" -v r="$rate" -v o="$ok" -v t="$((after - before))" -v hz="$(getconf CLK_TCK)" -v f="$tmp/$1" \
    'BEGIN { c = t / hz / o * 1e6; printf "%-6s %9.0f req/s  %6.2f us of CPU a request\n", n, r, c; print r, c >>f }'
}

echo "generator: ${wrk:-bench}   $connections connections   $secs s a round   $(nproc) CPUs   load $(cut -d' ' -f1-3 /proc/loadavg)"
for number in $(seq "$rounds"); do
  # Who begins changes, so that neither always follows the other.
  if [ $((number % 2)) = 1 ]; then round mve "$ours" "$mve"; round nginx "$theirs" "$worker"
  else round nginx "$theirs" "$worker"; round mve "$ours" "$mve"; fi
done
# CHECK=1: exit 1 where a bar is missed.
awk -v check="${CHECK:-}" 'FNR == 1 { f++ } { r[f] += $1; c[f] += $2; n[f]++ }
  END {
    rate = r[1] / n[1] / (r[2] / n[2]); cost = c[1] / n[1] / (c[2] / n[2])
    printf "mve / nginx: %.2f of the requests a second (bar: >= 1), %.2f of the CPU a request (bar: <= 1.1)\n", rate, cost
    exit check != "" && (rate < 1 || cost > 1.1)
  }' "$tmp/mve" "$tmp/nginx"
