#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# checkout.expire_unlocked_v1: a stock row that somebody keeps locked stops its own orders only.
set -euo pipefail
sql() { psql -X -q -At -v ON_ERROR_STOP=1 "$@"; }
eq() { if [ "$2" != "$3" ]; then echo "FAILED $1: got <$2>, want <$3>"; exit 1; fi; }

sql -c "select t.shop(3, 10, 2, 100);
        select t.payable(1, '{100,200}'), t.payable(2, '{100,300}'), t.payable(3, '{200,300}'), t.payable(4, '{400}');
        select t.make_due('{1,2,3}')" >/dev/null

# A person's session that holds variant 100 until its standard input ends.
coproc holder { psql -X -q -At -v ON_ERROR_STOP=1; }
holder_in=${holder[1]}
# shellcheck disable=SC2154  # coproc sets it
pid=$holder_PID
echo "begin; select variant_id from inventory.stock where variant_id = 100 for update;" >&"$holder_in"
read -r held <&"${holder[0]}"
eq "held" "$held" 100

eq "expire_v1 waits" "$(sql -c "set lock_timeout = '50ms'; select t.fails('select checkout.expire_v1(10)')")" 55P03
eq "the order without the row ends" "$(sql -c "select string_agg(a::text, ',') from checkout.expire_unlocked_v1(10) where kind = 0")" 3
eq "nothing else is due and free" "$(sql -c "select count(*) from checkout.expire_unlocked_v1(10)")" 0
eq "units" "$(sql -c "select t.stock(100) || ' ' || t.stock(200) || ' ' || t.stock(300)")" "100/2 100/1 100/1"

eval "exec $holder_in>&-"
wait "$pid"
eq "limit" "$(sql -c "select string_agg(a::text, ',') from checkout.expire_unlocked_v1(1) where kind = 0")" 1
eq "the rest, once the row is free" "$(sql -c "select string_agg(a::text, ',') from checkout.expire_unlocked_v1(10) where kind = 0")" 2
eq "units" "$(sql -c "select t.stock(100) || ' ' || t.stock(200) || ' ' || t.stock(300) || ' ' || t.stock(400)")" "100/0 100/0 100/0 100/1"
sql -c "select t.sound('expired')" >/dev/null
