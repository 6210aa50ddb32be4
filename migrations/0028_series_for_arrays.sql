-- SPDX-License-Identifier: Apache-2.0
-- Why:  The batch functions read their aligned arrays by unnest(a, b, c, …), which fills a tuplestore for each array before the first
--       row comes: for a batch of one that costs more than its rows. A series and subscripts give the same rows out of the arrays as they
--       stand; place_v2 is written so from the start. What the functions do stays the same, so their versions do, too: every unnest of
--       three arrays or more is written anew, in their own text.
-- Lock: the functions' rows in pg_proc.
-- Time: milliseconds.

do $$
declare
  pattern text := 'unnest\(([a-z_]+(?:, [a-z_]+){2,})\)\s+(with ordinality )?([a-z]+)\(([a-z_, ]+)\)';
  f record; body text; found text; part text[]; arrays text[]; names text[]; columns text; done int;
begin
  for f in select * from (values ('checkout.pay_v1', 15), ('checkout.save_carts_v1', 5), ('checkout.store_refusals_v2', 1)) x(name, wanted) loop
    body := pg_get_functiondef(f.name::regproc);
    done := 0;
    loop
      found := regexp_substr(body, pattern);
      exit when found is null;
      part := regexp_match(found, pattern);
      arrays := string_to_array(part[1], ', ');
      names := string_to_array(part[4], ', ');
      if cardinality(names) <> cardinality(arrays) + (part[2] is not null)::int then
        raise exception '%: a name for each array is wanted in %', f.name, found;
      end if;
      select string_agg(case when i <= cardinality(arrays) then arrays[i] || '[at_]' else 'at_' end || ' ' || names[i], ', ' order by i)
        into columns from generate_series(1, cardinality(names)) i;
      body := replace(body, found, format('(select %s from generate_subscripts(%s, 1) s_(at_)) %s', columns, arrays[1], part[3]));
      done := done + 1;
    end loop;
    if done <> f.wanted then raise exception '%: % arrays of arrays, not %', f.name, done, f.wanted; end if;
    execute body;
  end loop;
end $$;
