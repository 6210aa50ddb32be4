#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Ways of placing orders without our server, on a private PostgreSQL with the product's own settings:
#   textbook  one transaction of single-row statements per order, by pgbench with 1, 8, 32 and 64 clients: uniform with three lines each, and
#             one line each of one SKU;
#   batch     the function that our server calls, with recorded arguments: 128 orders a call, 2 connections.
# Both write what an order of our server writes: key with its answer of 4 KB, order, seller orders, lines, reservations, outbox row, cart, stock.
# Prints orders a second, time per call and the processor time of all PostgreSQL processes per order; "reading" is what fetching the recorded
# arguments costs alone. Ends with the invariants. Usage: [MVE_BIN=DIR] [BATCHES=800] [CARTS=200000] loadtest/compare/place.sh [seconds per cell]
# shellcheck source=loadtest/compare/shop.sh
source "$(dirname "$0")/shop.sh"
secs=${1:-$secs} batches=${BATCHES:-800} carts=${CARTS:-200000} k=128
(( carts >= batches * k )) || carts=$((batches * k))
start_services
shop=$DATABASE_URL
psql -X -q "$shop" -c 'drop database if exists control' -c 'create database control' 2>/dev/null
control=$(psql -X -At "$shop" -c "select format('host=%s port=%s user=%s dbname=control', split_part(current_setting('unix_socket_directories'), ',', 1), current_setting('port'), current_user)")
main=$(psql -X -At "$control" -c "select split_part(pg_read_file('postmaster.pid'), E'\n', 1)")
sql() { psql -X -q -v ON_ERROR_STOP=1 "$control" "$@"; }
for f in migrations/[0-9]*.sql; do sql -1 -f "$f" >/dev/null; done
# The function as the server calls it today.
place=$(grep -o 'checkout\.place_v[0-9]*' Sources/Marketplace/Orders/OrderStore.swift | head -1 | cut -d. -f2)
sed "s/PLACE/$place/" loadtest/compare/place/support.sql |
  sql -1 -v carts="$carts" -v answer3="$(cat loadtest/compare/place/answer-3.json)" -v answer1="$(cat loadtest/compare/place/answer-1.json)" >/dev/null
sql -c 'vacuum analyze' -c checkpoint

cell() { # result's name, title, orders per call, clients, pgbench arguments…
  local key=$1 name=$2 k=$3 c=$4; shift 4
  local before after out tps ms
  sql -c checkpoint   # as recycle_log in shop.sh: new segments of the log are 50 ms for whoever commits
  before=$(postgres_ticks "$main")
  out=$(PGOPTIONS='-c search_path=pg_catalog,public' "$pgbench" -n -M prepared -c "$c" -j "$((c < 8 ? c : 8))" "$@" "$control" 2>&1) || { echo "$out" >&2; exit 1; }
  sleep 0.2; after=$(postgres_ticks "$main")
  tps=$(sed -n 's/^tps = \([0-9.]*\).*/\1/p' <<<"$out")
  ms=$(sed -n 's/^latency average = \([0-9.]*\) ms.*/\1/p' <<<"$out")
  local done; done=$(sed -n 's/^number of transactions actually processed: \([0-9]*\).*/\1/p' <<<"$out")
  awk -v n="$name" -v k="$k" -v t="$tps" -v l="$ms" -v d="$done" -v c="$((after - before))" -v hz="$(getconf CLK_TCK)" -v cl="$c" \
    'BEGIN { printf "%-30s %3d clients  %8.0f orders/s  %8.3f ms a call  %7.1f us of PostgreSQL an order\n", n, cl, t * k, l, c / hz / (d * k) * 1e6 }'
  note "$key" "$(awk -v t="$tps" -v k="$k" 'BEGIN { print t * k }')"
  note "$key.ms" "$ms"
}
record() { # lines, hot, first cart
  sql -c 'truncate b.batches' -c "alter sequence b.next restart" \
    -c "select b.record(g, $k, $1, $2, $3 + (g - 1) * $k) from generate_series(1, $batches) g" -c 'vacuum b.batches' -c checkpoint >/dev/null
}
echo "$place   load before: $(cut -d' ' -f1-3 /proc/loadavg)   $(nproc) CPUs   $secs s a cell, $batches recorded batches of $k"
printf 'select nextval($$b.next$$) as n \\gset\nselect b.place(:n);\n' >"$tmp/batch.sql"
printf 'select nextval($$b.next$$) as n \\gset\nselect b.read(:n);\n' >"$tmp/read.sql"
record 3 false 1
cell batch.reading "reading the arguments" $k 2 -t $((batches / 2)) -f "$tmp/read.sql"
sql -c 'alter sequence b.next restart'
cell batch "$place, three lines" $k 2 -t $((batches / 2)) -f "$tmp/batch.sql"
record 1 true $((carts + 1))
cell batch.hot "$place, one SKU" $k 2 -t $((batches / 2)) -f "$tmp/batch.sql"
for c in 1 8 32 64; do
  cell "textbook.$c" "textbook, three lines" 1 "$c" -T "$secs" -D carts="$carts" -D first=0 -f loadtest/compare/place/textbook.sql
done
for c in 1 8 32 64; do
  cell "textbook.hot.$c" "textbook, one SKU" 1 "$c" -T "$secs" -D carts="$carts" -D first="$carts" -f loadtest/compare/place/textbook-one-sku.sql
done
echo "load after: $(cut -d' ' -f1-3 /proc/loadavg)"
broken=$(sql -At -F ' ' -c "select name, value from platform.invariants_v4() where not ok")
[ -z "$broken" ] || { echo "invariant broken: $broken" >&2; exit 1; }
psql -X -q "$shop" -c 'drop database control'
