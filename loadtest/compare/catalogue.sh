#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# The catalogue's figures beside their bars, with 100,000 products: details and lists against hello in rounds that take turns, searches
# and filters by their latencies, and page 1,000 of a list against page 1, both read from the database.
# Usage: [PRODUCTS=100000] [ROUNDS=3] [SECS=5] [CHECK=1] loadtest/compare/catalogue.sh        CHECK=1: ends with 1 where a bar is missed
# Needs: swift build -c release --product mve && swift build -c release --product bench; curl, jq.
# shellcheck source=loadtest/compare/shop.sh
source "$(dirname "$0")/shop.sh"
products=${PRODUCTS:-100000} rounds=${ROUNDS:-3} pages=${PAGES:-1000}
start_services
MVE_DATA_DIR=$tmp/seed "$bin/mve" seed --products "$products" >"$tmp/seed.log" 2>&1 || { cat "$tmp/seed.log" >&2; exit 3; }
psql "$DATABASE_URL" -qc 'vacuum analyze' 2>/dev/null || true
start_server main
main=(--url "${url[main]}" --connections "$connections" --duration "$secs")
echo "$(date -u +%FT%TZ)  $(nproc) CPUs  $products products  $secs s each  $connections connections  load $(cut -d' ' -f1-3 /proc/loadavg)"

# All of the thousand pages once, so that what is measured is in memory, as it is in a shop.
run warm-detail detail "${main[@]}"
run warm-list list "${main[@]}"
hello=0 detail=0 list=0
for number in $(seq "$rounds"); do
  run "hello-$number" hello "${main[@]}"
  run "detail-$number" detail "${main[@]}"
  run "list-$number" list "${main[@]}"
  hello=$(awk -v a="$hello" -v b="$(of "hello-$number" per_second)" 'BEGIN { print a + b }')
  detail=$(awk -v a="$detail" -v b="$(of "detail-$number" per_second)" 'BEGIN { print a + b }')
  list=$(awk -v a="$list" -v b="$(of "list-$number" per_second)" 'BEGIN { print a + b }')
done
# Few at a time: what counts is how long one takes.
run search search --url "${url[main]}" --connections 2 --duration "$secs"
run filter filter --url "${url[main]}" --connections 2 --duration "$secs"

# page N: the cursor that page N begins with, "" for the first. Pages of 20.
cursor_of() {
  local cursor="" n
  for ((n = 1; n < $1; n++)); do
    cursor=$(curl -s "${url[main]}/api/products/list/?sort=$2${cursor:+&cursor=$cursor}" | jq -r '.page.next_cursor // empty')
    [ -n "$cursor" ] || break
  done
  printf '%s' "$cursor"
}
# Each limit is another page to the memory, so that every request reads the database: the median in milliseconds.
cold() {
  for limit in $(seq 11 70); do
    curl -s -o /dev/null -w '%{time_total}\n' "${url[main]}/api/products/list/?sort=$1&limit=$limit${2:+&cursor=$2}"
  done | sort -n | awk '{ t[NR] = $1 } END { printf "%.3f", t[int((NR + 1) / 2)] * 1000 }'
}
depth_missed=0
for sort in newest price rating popular; do
  far=$(cursor_of "$pages" "$sort")
  cold "$sort" "" >/dev/null
  # The memory of the first round is not asked again: a change of nothing makes it forget.
  forget() { psql "$DATABASE_URL" -qAtc "select pg_notify('mve_products', '1023:*')" >/dev/null; sleep 0.2; }
  forget
  first=$(cold "$sort" "") last=$(cold "$sort" "$far")
  forget
  last2=$(cold "$sort" "$far") first2=$(cold "$sort" "")
  ratio=$(awk -v a="$first" -v b="$first2" -v c="$last" -v d="$last2" 'BEGIN { printf "%.2f", (c + d) / (a + b) }')
  echo "page $pages / page 1 by $sort: ($last + $last2) / ($first + $first2) ms = $ratio (bar: 0.8 to 1.2)"
  awk -v r="$ratio" 'BEGIN { exit r > 1.2 }' || depth_missed=1
done
stop_server main

awk -v h="$hello" -v d="$detail" -v l="$list" -v n="$rounds" -v s="$(of search latency_us.p99)" -v f="$(of filter latency_us.p99)" \
  -v p="$depth_missed" -v check="${CHECK:-}" 'BEGIN {
    printf "hello %.0f/s\ndetail %.0f/s, %.2f of hello (bar: >= 0.60)\n", h / n, d / n, d / h
    printf "list %.0f/s, %.2f of hello (bar: >= 0.40)\nsearch p99 %.1f ms (bar: <= 20)\nfilter p99 %.1f ms\n", l / n, l / h, s / 1000, f / 1000
    exit check != "" && (d / h < 0.6 || l / h < 0.4 || s > 20000 || p)
  }'
