#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# The server's memory at rest, and with COUNT keep-alive connections (default 10,000) that have each asked once. Usage: [COUNT=N] loadtest/compare/idle.sh
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
