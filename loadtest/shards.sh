#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Orders a second with ACTORS_ORDER_SHARDS = 1, 2, 4, 8 (or the list given): a server of its own for each, over one private database.
# Usage: [MVE_BIN=DIR] [SECS=10] [BUYERS=60000] loadtest/shards.sh [1,2,4,8] [scenario]
# shellcheck source=loadtest/compare/shop.sh
source "$(dirname "$0")/compare/shop.sh"
shards=${1:-1,2,4,8} scenario=${2:-order} buyers=${BUYERS:-60000}
start_services
seed --skus "${SKUS:-10000}" --buyers "$buyers" --tokens "$tmp/tokens"
for count in ${shards//,/ }; do
  seed --buyers "$buyers"
  ACTORS_ORDER_SHARDS=$count start_server "shards-$count"
  run "shards-$count" "$scenario" --url "${url[shards-$count]}" --tokens "$tmp/tokens" --prefilled --connections "$connections" --duration "$secs"
  stop_server "shards-$count"
done
printf '%-8s %12s %10s %22s %22s\n' shards 'orders/s' 'p99 ms' 'server us an order' 'postgres us an order'
for count in ${shards//,/ }; do
  jq -r --arg count "$count" '[$count, .per_second, .latency_us.p99 / 1000, .cpu.server_us_per_request, .cpu.postgres_us_per_request] | @tsv' "$tmp/shards-$count.json" |
    awk -F'\t' '{ printf "%-8s %12.0f %10.2f %22.1f %22.1f\n", $1, $2, $3, $4, $5 }'
done
