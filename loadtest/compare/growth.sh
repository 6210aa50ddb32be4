#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Orders a second over a small database and over one with ORDERS old orders (default 10,000,000, about 15 GB) and SKUS SKUs (1,000,000).
# Old orders are written in bulk by SQL; SKUs by mve seed. Usage: [ORDERS=N] [SKUS=N] [BUYERS=N] loadtest/compare/growth.sh
# shellcheck source=loadtest/compare/shop.sh
source "$(dirname "$0")/shop.sh"
orders=${ORDERS:-10000000} skus=${SKUS:-1000000} buyers=${BUYERS:-60000} chunk=250000
start_services
seed --skus 10000 --buyers "$buyers" --tokens "$tmp/tokens"
measure() { # name
  seed --buyers "$buyers"
  start_server "$1"
  run "$1" order --url "${url[$1]}" --tokens "$tmp/tokens" --prefilled --connections "$connections" --duration "$secs"
  stop_server "$1"
}
measure small
echo "writing $orders old orders and $skus SKUs"
for ((first = 1; first <= orders; first += chunk)); do
  count=$((orders - first + 1 < chunk ? orders - first + 1 : chunk))
  psql -X -q -v ON_ERROR_STOP=1 -v first="$first" -v count="$count" -f loadtest/compare/growth/old-orders.sql "$DATABASE_URL"
done
seed --skus "$skus"
psql -X -q "$DATABASE_URL" -c 'vacuum (analyze) orders.orders, orders.seller_orders, orders.order_lines, inventory.reservations, inventory.stock' -c checkpoint
measure large
note growth "$(awk -v a="$(of large per_second)" -v b="$(of small per_second)" 'BEGIN { print a / b }')"
echo "small $(of small per_second) orders/s, large $(of large per_second) orders/s, ratio $(known growth)"
