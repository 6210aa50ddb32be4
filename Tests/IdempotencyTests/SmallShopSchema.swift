// SPDX-License-Identifier: Apache-2.0

/// The tables of the small shop.
enum SmallShopSchema {
    /// An effect whose note is `late` is not committed before the lock 42 is free: so late may a COMMIT be.
    static let sql = """
        create schema small;
        create table small.effects (id bigint generated always as identity, note text not null, body text not null);
        create table small.docs (id text primary key, version int not null, a text not null, b text not null);
        create table small.stock (units int not null check (units >= 0));
        create table small.refunds (line text primary key, provider_key text not null, number int);
        insert into small.stock values (0);
        insert into small.docs values ('1', 1, 'a', 'b'), ('2', 1, 'a', 'b');
        create function small.wait() returns trigger language plpgsql as $$
        begin
          if new.note = 'late' then perform pg_advisory_xact_lock(42); end if;
          return null;
        end $$;
        create constraint trigger late after insert on small.effects
          deferrable initially deferred for each row execute function small.wait();
        """
}
