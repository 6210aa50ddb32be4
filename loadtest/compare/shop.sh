#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# What the scripts beside it share: private services with the product's own settings, servers on them, and runs of bench.
# To be sourced. Sets: bin, tmp, results (lines of name<TAB>number). Everything that was started is stopped at the end, by its id.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."
bin=$(cd "${MVE_BIN:-.build/release}" 2>/dev/null && pwd) || { echo "build first: swift build -c release --product mve (and bench)" >&2; exit 2; }
for program in "$bin/mve" "$bin/bench"; do [ -x "$program" ] || { echo "$program is not built" >&2; exit 2; }; done
pgbench=$(command -v pgbench || echo /usr/lib/postgresql/15/bin/pgbench)
[ -x "$pgbench" ] || { echo "pgbench is not installed" >&2; exit 2; }
tmp=$(mktemp -d /tmp/mve-compare.XXXXXX)
chmod 755 "$tmp"   # the accounts of the private services must get through
results=${RESULTS:-$tmp/results}
secs=${SECS:-10} connections=${CONNECTIONS:-64}
# Our own and the peer's connections, ten thousand each.
ulimit -n "$(ulimit -Hn)"
pids=()
finish() {
  local i
  for ((i = ${#pids[@]} - 1; i >= 0; i--)); do
    kill "${pids[i]}" 2>/dev/null || true
    wait "${pids[i]}" 2>/dev/null || true
  done
  rm -rf "$tmp"
}
trap finish EXIT
trap 'exit 1' INT TERM

unset MVE_BIN MVE_DATA_DIR HTTP_HOST
export SECRET_KEY HTTP_PORT=0 METRICS_PORT=0 RATE_LIMITS=off HTTP_CONNECTIONS_PER_SOURCE_MAX=0
SECRET_KEY=$(openssl rand -hex 32)
# With a provider's credentials no sandbox is started: payments are told of by webhooks that bench signs.
export RAZORPAY_KEY_ID=rzp_test_Compare0000001 RAZORPAY_KEY_SECRET=comparecompare000000001 RAZORPAY_WEBHOOK_SECRETS=comparecompare000000002

# said FILE PID PATTERN: waits for a line of a program's log and prints what the pattern's group matched.
said() {
  local line
  for _ in $(seq 1200); do
    line=$(sed -n "s/$3.*/\1/p" "$1" | head -1)
    [ -n "$line" ] && { printf '%s\n' "$line"; return; }
    kill -0 "$2" 2>/dev/null || break
    sleep 0.1
  done
  { echo "it did not start:"; tail -20 "$1"; } >&2
  return 1
}

# The product's own PostgreSQL and Redis, for servers and controls alike; exports DATABASE_URL and REDIS_URL.
start_services() {
  [ -z "${DATABASE_URL:-}" ] || return 0
  MVE_DATA_DIR=$tmp/data "$bin/mve" services >"$tmp/services.log" 2>&1 &
  pids+=($!)
  REDIS_URL=$(said "$tmp/services.log" "${pids[-1]}" '^REDIS_URL=\(.*\)')
  DATABASE_URL=$(sed -n 's/^DATABASE_URL=//p' "$tmp/services.log")
  export DATABASE_URL REDIS_URL
}

# start_server NAME: sets url[NAME] and pid[NAME].
declare -A url pid
start_server() {
  MVE_DATA_DIR=$tmp/$1 "$bin/mve" serve >"$tmp/$1.log" 2>&1 &
  pid[$1]=$!; pids+=($!)
  url[$1]=$(said "$tmp/$1.log" "${pid[$1]}" '.*listening on \(http:\/\/127\.0\.0\.1:[0-9]*\)')
}
stop_server() {
  kill "${pid[$1]}"
  wait "${pid[$1]}" || true
}

# seed ARGUMENT…: never the demo products, whose stock is small.
seed() { MVE_DATA_DIR=$tmp/seed "$bin/mve" seed --products 0 "$@" >"$tmp/seed.log" 2>&1 || { cat "$tmp/seed.log" >&2; return 3; }; }

note() { printf '%s\t%s\n' "$1" "$2" >>"$results"; }
known() { awk -F'\t' -v name="$1" '$1 == name { value = $2 } END { print value == "" ? "?" : value }' "$results"; }

# A commit for which the log needs a new segment waits while 16 MB of zeros are written, 50 ms; a database that has run for a while renames old
# segments instead, after each checkpoint. The controls get the same (place.sh).
recycle_log() { [ -z "${DATABASE_URL:-}" ] || psql -X -q "$DATABASE_URL" -c checkpoint; }

# run NAME SCENARIO ARGUMENT…: one run of bench; its report stays in $tmp/NAME.json. A mismatch ends the script.
run() {
  local name=$1 scenario=$2; shift 2
  echo "== $name"
  recycle_log
  "$bin/bench" "$scenario" --json "$tmp/$name.json" "$@" >"$tmp/$name.out" 2>&1 || { cat "$tmp/$name.out" >&2; return 1; }
  grep -E '^(measured|limit|ok|refused|latency|generator|the generator|server|postgres|reconciled)|generator itself' "$tmp/$name.out" || true
}
# of NAME METRIC: a number of its report.
of() { jq -r "$(printf '.%s' "$2") // \"?\"" "$tmp/$1.json"; }

# The processor time of all processes of the private PostgreSQL, in ticks; one that ends meanwhile is in its parent's account.
postgres_ticks() {
  { cat "/proc/$1/stat" $(for p in $(pgrep -P "$1"); do echo "/proc/$p/stat"; done) 2>/dev/null || true; } |
    awk '{ s += $14 + $15 + $16 + $17 } END { print s }'
}
