#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# The server's memory at rest, and with COUNT keep-alive connections (default 10,000) that have each asked once; and how long a hello takes
# without them and beside them, at the same constant rate. Usage: [COUNT=N] loadtest/compare/idle.sh
# shellcheck source=loadtest/compare/shop.sh
source "$(dirname "$0")/shop.sh"
count=${COUNT:-10000}
start_services
start_server idle
sleep 2
before=$(awk -v page="$(getconf PAGESIZE)" '{ print $2 * page }' "/proc/${pid[idle]}/statm")
# In an open loop the connections take turns: each asks at least once while all stay open.
run idle hello --url "${url[idle]}" --connections "$count" --rate $((count / 4)) --duration 8 & bench=$!
most=0
while kill -0 "$bench" 2>/dev/null; do
  open=$({ find "/proc/${pid[idle]}/fd" -lname 'socket:*' 2>/dev/null || true; } | wc -l)
  ((open <= most)) || most=$open
  sleep 0.2
done
wait "$bench"
((most >= count)) || { echo "only $most sockets were open at once" >&2; exit 1; }
note rss.idle "$before"
note rss.connections "$(($(of idle rss_bytes) - before))"
echo "at rest $((before >> 20)) MiB, with $count connections $(($(of idle rss_bytes) >> 20)) MiB"

# The others must not feel them: the same rate on a few connections, alone and beside connections that only wait (one of them asks
# now and then, so that all stay open).
ask() { run "$1" hello --url "${url[idle]}" --connections 16 --rate 3000 --duration 4; }
ask alone
bench() { "$bin/bench" hello --url "${url[idle]}" --connections "$count" --rate "$1" --duration "$2" >"$tmp/held.out" 2>&1; }
bench $((count / 2)) 12 & held=$!
for _ in $(seq 100); do
  open=$({ find "/proc/${pid[idle]}/fd" -lname 'socket:*' 2>/dev/null || true; } | wc -l)
  ((open < count)) || break
  sleep 0.1
done
((open >= count)) || { echo "only $open sockets were open at once" >&2; exit 1; }
ask beside
wait "$held"
for name in alone beside; do
  for part in p50 p99; do note "latency.$name.$part" "$(of "$name" "latency_us.$part")"; done
done
echo "a hello takes $(known latency.alone.p50) us (p99 $(known latency.alone.p99)) alone, $(known latency.beside.p50) us (p99 $(known latency.beside.p99)) beside $count connections"
