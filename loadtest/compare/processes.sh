#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Orders a second of two servers over one database against one, with two generators in both cases; each generator has half of the buyers.
# Usage: [BUYERS=N] loadtest/compare/processes.sh
# shellcheck source=loadtest/compare/shop.sh
source "$(dirname "$0")/shop.sh"
buyers=${BUYERS:-60000}
start_services
seed --skus "${SKUS:-10000}" --buyers "$buyers" --tokens "$tmp/tokens"
split -n l/2 "$tmp/tokens" "$tmp/half."
start_server first
start_server second
pair() { # name, servers…: both generators at once; the sum of what they made
  local name=$1 failed=''; shift
  seed --buyers "$buyers"
  run "$name.a" order --url "${url[$1]}" --tokens "$tmp/half.aa" --prefilled --connections $((connections / 2)) --duration "$secs" & local one=$!
  run "$name.b" order --url "${url[$2]}" --tokens "$tmp/half.ab" --prefilled --connections $((connections / 2)) --duration "$secs" & local two=$!
  wait "$one" || failed=yes
  wait "$two" || failed=yes
  [ -z "$failed" ] || exit 1
  note "$name" "$(awk -v a="$(of "$name.a" per_second)" -v b="$(of "$name.b" per_second)" 'BEGIN { print a + b }')"
}
pair one-process first first
pair two-processes first second
note processes "$(awk -v a="$(known two-processes)" -v b="$(known one-process)" 'BEGIN { print a / b }')"
echo "one $(known one-process) orders/s, two $(known two-processes) orders/s, ratio $(known processes)"
