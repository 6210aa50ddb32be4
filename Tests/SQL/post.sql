-- SPDX-License-Identifier: Apache-2.0
-- checkout.post_v1: an entry is booked once, balanced or not at all.
select t.eq('booked', checkout.post_v1(1, 'adjusted', 'a', 7, 8, 'INR', '{bank,psp_fees,psp_clearing}', '{90,10,0}', '{0,0,100}')::text, 'true');
select t.eq('as given', (select string_agg(line_no || ' ' || account || ' ' || debit_minor || ' ' || credit_minor, ', ' order by line_no)
  from ledger.lines where entry_id = 1), '1 bank 90 0, 2 psp_fees 10 0, 3 psp_clearing 0 100');
select t.eq('about', (select kind || ' ' || reference || ' ' || order_id || ' ' || payment_id || ' ' || currency from ledger.entries where id = 1),
  'adjusted a 7 8 INR');
select t.eq('once, whatever it says', checkout.post_v1(2, 'adjusted', 'a', null, null, 'INR', '{bank,x}', '{5,0}', '{0,5}')::text, 'false');
select t.eq('nothing of the second', (select count(*)::text from ledger.entries), '1');
select t.eq('empty lines are left out', checkout.post_v1(3, 'adjusted', 'b', null, null, 'INR', '{bank,gst,x}', '{5,0,null}', '{null,0,5}')::text, 'true');
select t.eq('and the others count on', (select string_agg(line_no || account, ',' order by line_no) from ledger.lines where entry_id = 3), '1bank,2x');
select t.eq('unbalanced', t.fails($$select checkout.post_v1(4, 'adjusted', 'c', null, null, 'INR', '{bank,x}', '{5,0}', '{0,4}')$$), 'MP010');
select t.eq('both sides', t.fails($$select checkout.post_v1(4, 'adjusted', 'c', null, null, 'INR', '{bank}', '{5}', '{5}')$$), '22023');
select t.eq('no line', t.fails($$select checkout.post_v1(4, 'adjusted', 'c', null, null, 'INR', '{bank}', '{0}', '{0}')$$), '22023');
select t.eq('arrays that do not fit', t.fails($$select checkout.post_v1(4, 'adjusted', 'c', null, null, 'INR', '{bank,x}', '{5}', '{0,5}')$$), '22023');
select t.eq('nothing of these', (select count(*)::text from ledger.entries where id = 4), '0');
