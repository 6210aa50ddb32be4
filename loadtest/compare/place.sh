#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Compares ways of placing orders (1 key, 1 order, 3 seller orders, 3 lines, 3 reservations, 1 outbox row, 3 stock updates, 1 cart) on a
# private, tuned, durable PostgreSQL 15: place_v1 in batches of K against one transaction of single-row statements per order.
# Prints orders/s, latency per call and the CPU of all PostgreSQL processes per order. The arrays are built in SQL (the product gets them
# from the wire); "build" rows show what that alone costs. Ends with the invariants. Usage: loadtest/compare/place.sh [seconds per cell]
set -euo pipefail
cd "$(dirname "$0")/../.."
secs=${1:-6} carts=600000
bin=/usr/lib/postgresql/15/bin
tmp=$(mktemp -d /tmp/mve-compare.XXXXXX)
as() { if [ "$(id -u)" = 0 ]; then setpriv --reuid=postgres --regid=postgres --clear-groups "$@"; else "$@"; fi; }
trap 'as "$bin/pg_ctl" -D "$tmp/data" -m immediate -w stop >/dev/null 2>&1 || true; rm -rf "$tmp"' EXIT
[ "$(id -u)" = 0 ] && chown postgres "$tmp"
as "$bin/initdb" -D "$tmp/data" -U postgres -A trust --no-instructions >/dev/null
mem=$(awk '/MemTotal/ { print int($2 / 4096) }' /proc/meminfo)
as "$bin/pg_ctl" -D "$tmp/data" -l "$tmp/log" -w -o "-c listen_addresses='' -k $tmp -c shared_buffers=$((mem < 4096 ? mem : 4096))MB -c wal_buffers=64MB \
  -c max_wal_size=16GB -c min_wal_size=4GB -c checkpoint_timeout=30min -c wal_compression=lz4 -c work_mem=16MB -c random_page_cost=1.1 -c jit=off \
  -c wal_writer_delay=20ms" start >/dev/null
export PGHOST=$tmp PGUSER=postgres PGDATABASE=postgres
for f in migrations/[0-9]*.sql; do psql -X -q -v ON_ERROR_STOP=1 -1 -f "$f" >/dev/null; done
psql -X -q -v ON_ERROR_STOP=1 -1 -v carts=$carts -f loadtest/compare/place/support.sql >/dev/null
psql -X -q -c 'vacuum analyze' -c 'checkpoint'
cpu() { awk '{ s += $14 + $15 + $16 + $17 } END { print s }' $(for p in $(pgrep -P "$(head -1 "$tmp/data/postmaster.pid")") "$(head -1 "$tmp/data/postmaster.pid")"; do echo /proc/$p/stat; done); }
cell() { # name, orders per call, clients, pgbench arguments…
  local name=$1 k=$2 c=$3; shift 3
  local c0 c1 out tps
  c0=$(cpu)
  out=$("$bin/pgbench" -n -M prepared -T "$secs" -c "$c" -j "$c" -r -D carts=$carts "$@" 2>&1) || { echo "$out"; exit 1; }
  sleep 0.2; c1=$(cpu)
  tps=$(sed -n 's/^tps = \([0-9.]*\).*/\1/p' <<<"$out")
  awk -v n="$name" -v k="$k" -v t="$tps" -v l="$(sed -n "s/^latency average = //p" <<<"$out")" -v s="$secs" -v c="$((c1 - c0))" -v hz="$(getconf CLK_TCK)" -v cl="$c" \
    'BEGIN { printf "%-34s %3d clients  K=%-4d %8.0f orders/s   %12s a call   %7.1f server us an order\n", n, cl, k, t * k, l, c / hz / (t * k * s) * 1e6 }'
}
batch() { echo "select b.place($1, $carts, $2, $3);" >"$tmp/batch.sql"; }
echo "load before: $(cut -d' ' -f1-3 /proc/loadavg)   $(nproc) CPUs   $secs s a cell"
for k in 1 8 32 128; do batch $k false true; cell "place_v1 uniform" $k 2 -f "$tmp/batch.sql"; done
batch 128 false true; cell "place_v1 uniform" 128 1 -f "$tmp/batch.sql"
batch 128 true true; cell "place_v1 one hot SKU" 128 2 -f "$tmp/batch.sql"
batch 128 false false; cell "building the arrays only" 128 2 -f "$tmp/batch.sql"
for c in 8 32; do cell "textbook uniform" 1 $c -D hot=0 -f loadtest/compare/place/textbook.sql; done
cell "textbook one hot SKU" 1 8 -D hot=1 -f loadtest/compare/place/textbook.sql
echo "load after: $(cut -d' ' -f1-3 /proc/loadavg)"
psql -X -At -F ' ' -c "select 'invariant broken:', name, value from platform.invariants_v1() where not ok"
