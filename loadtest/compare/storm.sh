#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# A webhook storm, all events distinct, beside orders in rounds that take turns, and a mixed day after it: each round's webhooks are judged
# by the bars of their scenario against the orders of the same round, and every run is reconciled.
# Usage: [ROUNDS=3] [SECS=10] [BUYERS=30000] [SKUS=10000] [CHECK=1] loadtest/compare/storm.sh        CHECK=1: ends with 1 where a bar is missed
# Needs: swift build -c release --product mve && swift build -c release --product bench; jq.
# shellcheck source=loadtest/compare/shop.sh
source "$(dirname "$0")/shop.sh"
rounds=${ROUNDS:-3}
start_services
seed --skus "${SKUS:-10000}" --buyers "${BUYERS:-30000}" --tokens "$tmp/tokens"
start_server main
main=(--url "${url[main]}" --tokens "$tmp/tokens" --connections "$connections" --duration "$secs")
echo "$(date -u +%FT%TZ)  $(nproc) CPUs  $secs s each  $connections connections  load $(cut -d' ' -f1-3 /proc/loadavg)"
judge=(); [ -z "${CHECK:-}" ] || judge=(--check)
orders=0 webhooks=0
# The first orders and webhooks of a server bring code and tables into memory.
run warm order "${main[@]}"
run warm-webhook webhook "${main[@]}"
for number in $(seq "$rounds"); do
  run "order-$number" order "${main[@]}" "${judge[@]}"
  rate=$(of "order-$number" per_second)
  run "webhook-$number" webhook "${main[@]}" --control "order=$rate" "${judge[@]}"
  orders=$(awk -v a="$orders" -v b="$rate" 'BEGIN { print a + b }')
  webhooks=$(awk -v a="$webhooks" -v b="$(of "webhook-$number" per_second)" 'BEGIN { print a + b }')
  echo "round $number: orders $(of "order-$number" per_second)/s, webhooks $(of "webhook-$number" per_second)/s, p99 $(of "webhook-$number" latency_us.p99) us"
done
run mixed-day mixed-day "${main[@]}" "${judge[@]}"
cat "$tmp/mixed-day.out"
awk -v o="$orders" -v w="$webhooks" -v n="$rounds" 'BEGIN { printf "orders %.0f/s\nwebhooks %.0f/s, %.2f of orders (bar: >= 0.80)\n", o / n, w / n, w / o }'
