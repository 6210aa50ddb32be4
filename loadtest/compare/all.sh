#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Every figure of the order path beside its bar, each with its control, in one run on one machine and one private PostgreSQL.
#
#   loadtest/compare/all.sh            release build, about half an hour, and as long again for growth
#   QUICK=1 MVE_BIN=.build/debug loadtest/compare/all.sh      everything once, small: shows that it runs; the figures mean nothing
#
# Settings: SECS (10) a measurement, CONNECTIONS (64), BUYERS (60000), SKUS (10000), KEYS (25000) to replay, LIMIT_MS (50) for the limit,
# ORDERS and GROWTH_SKUS (10000000, 1000000; ORDERS=0 leaves growth out), OUT (var/compare.txt). Ends with 1 where reconciliation fails, not
# where a bar is missed: the table says that.
if [ -n "${QUICK:-}" ]; then
  export SECS=${SECS:-2} BUYERS=${BUYERS:-1500} SKUS=${SKUS:-500} KEYS=${KEYS:-400} BATCHES=${BATCHES:-10} CARTS=${CARTS:-2000}
  export ORDERS=${ORDERS:-3000} GROWTH_SKUS=${GROWTH_SKUS:-2000} COUNT=${COUNT:-300}
fi
# shellcheck source=loadtest/compare/shop.sh
source "$(dirname "$0")/shop.sh"
buyers=${BUYERS:-60000} skus=${SKUS:-10000} keys=${KEYS:-25000} out=${OUT:-var/compare.txt}
export RESULTS=$results SECS=$secs CONNECTIONS=$connections BUYERS=$buyers SKUS=$skus
start_services
load=(--tokens "$tmp/tokens" --connections "$connections" --duration "$secs")
seed --skus "$skus" --buyers "$buyers" --tokens "$tmp/tokens"
refill() { seed --buyers "$buyers"; }

echo "$(date -u +%FT%TZ)  $(nproc) CPUs  $secs s each  $connections connections  load $(cut -d' ' -f1-3 /proc/loadavg)"
start_server main
main=(--url "${url[main]}" "${load[@]}")
run hello hello --url "${url[main]}" --connections "$connections" --duration "$secs"
run order-cold order "${main[@]}" --prefilled
refill
# As shoppers do: a cart is filled through the API before it is ordered, and in the server's memory then.
run order order "${main[@]}"
run one-client order --url "${url[main]}" --tokens "$tmp/tokens" --connections 1 --duration "$secs"
run limit order "${main[@]}" --find-limit --p99-max "${LIMIT_MS:-50}"
half=$(awk -v l="$(of limit limit_per_second)" 'BEGIN { print (l > 2 ? l : 2) / 2 }')
run half order "${main[@]}" --rate "$half"
run one-line order-one-line "${main[@]}"
run ample flash-sale-ample "${main[@]}"
seed --skus $((skus + 1)) --stock 100
run sold-out sold-out "${main[@]}"
seed --skus $((skus + 2)) --stock 100
run flash-sale flash-sale "${main[@]}" --check
run cart cart "${main[@]}"
run webhook webhook "${main[@]}"
run replay-memory replay-memory "${main[@]}" --prepare "$((keys < 3000 ? keys : 3000))"
for level in redis postgres; do
  # A server that has not placed the orders remembers none of them.
  start_server "$level"
  run "replay-$level" "replay-$level" --url "${url[$level]}" --prepare-url "${url[main]}" "${load[@]}" --prepare "$keys"
  stop_server "$level"
done
run mixed-day mixed-day "${main[@]}"
stop_server main

# The controls, and what needs databases or servers of its own.
MVE_BIN=$bin loadtest/compare/place.sh "$secs"
(unset DATABASE_URL REDIS_URL; MVE_BIN=$bin loadtest/compare/idle.sh)
(unset DATABASE_URL REDIS_URL; MVE_BIN=$bin loadtest/compare/processes.sh)
if [ "${ORDERS:-1}" != 0 ]; then (unset DATABASE_URL REDIS_URL; MVE_BIN=$bin SKUS=${GROWTH_SKUS:-1000000} loadtest/compare/growth.sh); fi

better=$(awk -v a="$(known textbook.8)" -v b="$(known textbook.32)" 'BEGIN { print (a + 0 > b + 0 ? a : b) }')
mean() { awk -v r="$(of "$1" per_second)" 'BEGIN { print 1000 / r }'; }
row() { # figure, measured, control, least|most, bar: their ratio against the bar
  awk -v n="$1" -v m="$2" -v c="$3" -v k="$4" -v b="$5" 'BEGIN {
    known = m != "?" && c != "?" && c > 0
    r = known ? m / c : 0
    printf "%-44s %12s %12s %10s %12s  %s\n", n, known || m != "?" ? sprintf("%.2f", m) : "?", c != "?" ? sprintf("%.2f", c) : "?", known ? sprintf("%.3f", r) : "?",
      (k == "least" ? ">= " : "<= ") b, !known ? "unknown" : (k == "least" ? r >= b : r <= b) ? "holds" : "MISSED" }'
}
mkdir -p "$(dirname "$out")"
{
  echo "$(date -u +%FT%TZ)  $(uname -m), $(nproc) CPUs, $(sed -n 's/^model name[^:]*: //p' /proc/cpuinfo | head -1), load $(cut -d' ' -f1-3 /proc/loadavg)"
  printf '%-44s %12s %12s %10s %12s  %s\n' figure measured control ratio bar ''
  row 'order / textbook, better of 8 and 32 clients' "$(of order per_second)" "$better" least 4
  row 'order / own batch function' "$(of order per_second)" "$(known batch)" least 0.4
  row 'flash sale / textbook, one SKU, 64 clients' "$(of ample per_second)" "$(known textbook.hot.64)" least 18
  row 'flash sale / uniform orders of one line' "$(of ample per_second)" "$(of one-line per_second)" least 0.9
  row 'sold-out 409s / hello' "$(of sold-out refused_per_second)" "$(of hello per_second)" least 0.5
  row 'replay from memory / hello' "$(of replay-memory per_second)" "$(of hello per_second)" least 0.5
  row 'replay from Redis / hello' "$(of replay-redis per_second)" "$(of hello per_second)" least 0.25
  row 'replay from PostgreSQL / hello' "$(of replay-postgres per_second)" "$(of hello per_second)" least 0.15
  row 'webhook / order' "$(of webhook per_second)" "$(of order per_second)" least 1.2
  row 'order p99 at half the limit, us / 15 ms' "$(of half latency_us.p99)" 15000 most 1
  row 'order p99 at half the limit / of one client' "$(of half latency_us.p99)" "$(of one-client latency_us.p99)" most 5
  row 'one client, mean ms / textbook, one client' "$(mean one-client)" "$(known textbook.1.ms)" most 1
  row 'server CPU an order, us / 80 us' "$(of order cpu.server_us_per_request)" 80 most 1
  row 'memory at rest, MiB / 60 MiB' "$(awk -v b="$(known rss.idle)" 'BEGIN { print b / 1048576 }')" 60 most 1
  row 'memory under load, MiB / 150 MiB' "$(jq -s 'map(.rss_bytes // 0) | max / 1048576' "$tmp"/{order,half,ample,webhook,mixed-day}.json)" 150 most 1
  row 'memory of 10,000 connections, MiB / 40 MiB' "$(awk -v b="$(known rss.connections)" 'BEGIN { print b / 1048576 }')" 40 most 1
  row 'orders of a grown database / of a small one' "$(known growth)" 1 least 0.6
  row 'two processes / one' "$(known processes)" 1 least 0.85
  echo "of carts that were filled in bulk and stand in no memory: $(of order-cold per_second) orders a second, $(of order-cold cpu.server_us_per_request) us of server each"
  for name in "$tmp"/*.json; do
    [ "$(jq -r '.cpu.bench_share >= 0.9' "$name")" != true ] || echo "the generator itself was the limit of $(basename "$name" .json)"
  done
} | tee "$out"
