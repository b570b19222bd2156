/**
 * Code that a target holds, by which hidden values could come out without their names: names that stand for others,
 * calls that do not look like calls, and what a write sets off.
 */
export const storedCodeSql = `
create table inbox (x int);
create rule answer as on insert to inbox do instead select email, card from customers;
create view account_kinds as select id, kind from accounts;
create table spoken (id int, note text);
create view spoken_view as select id, note from spoken;
create table parted (id int, note text) partition by list (id);
create table parted_1 partition of parted for values in (1);
create function loud() returns trigger language plpgsql as $$ begin raise notice 'card was %', translate((select card from customers where id = new.id), '0123456789', 'abcdefghij'); return new; end $$;
create trigger loud after insert or update on spoken for each row execute function loud();
create trigger loud after insert on parted_1 for each row execute function loud();
create function renamed_columns() returns text language sql stable as 'select t.g from customers t(a, b, c, d, e, f, g) where a = 1';
create function renamed_join() returns text language sql stable as 'select j.g from (customers c join orders o on c.id = o.id) as j(a, b, c, d, e, f, g) where a = 1';
create function joined_row() returns text language sql stable as 'select j::text from (customers c join (select 1 as one) o on true) as j where id = 1';
create function by_default(x text default card_of(1)) returns text language sql as 'select x';
create function by_default_atomic(x text default card_of(1)) returns text language sql return x;
create table staff (id int, wage numeric);
create function payroll() returns numeric language sql stable set search_path = hr as 'select sum(wage) from staff';
create function payroll_of_user() returns numeric language sql stable set search_path = "$user", public as 'select sum(wage) from staff';
create function card_for(o orders) returns text language sql stable as 'select card from customers where id = o.id';
create function by_attribute() returns text language sql stable as 'select o.card_for from orders o where id = 1';
create function by_field() returns text language sql stable as 'select (o).card_for from orders o where id = 1';
create function any_like(text, text) returns boolean language sql stable as 'select exists (select from customers where card like $1)';
create operator ~~~~ (leftarg = text, rightarg = text, function = any_like);
create function by_operator() returns boolean language sql stable as $$ select '4%'::text ~~~~ 'x' $$;
create view by_operator_view as select '4%'::text ~~~~ 'x' as visa;
create type spied as (v text);
create function spied_of(text) returns spied language sql stable as 'select row(card)::spied from customers where id = 1';
create cast (text as spied) with function spied_of(text);
create function by_cast() returns text language sql stable as $$ select ('x'::text::spied)::text $$;
create view by_cast_view as select ('x'::text::spied)::text as v;
create extension hstore;
alter extension hstore add function anything(text);
alter extension hstore add function card_of(int);
create aggregate setting_of(text, boolean) (sfunc = set_config, stype = text, initcond = 'default_transaction_read_only');
create aggregate running(text) (sfunc = textcat, stype = text, finalfunc = pg_read_file);
create aggregate as_list(anyelement) (sfunc = jsonb_agg_transfn, stype = internal, finalfunc = jsonb_agg_finalfn);
create view counted_over as select id, count(id) over (order by salary) as r from customers;
create view ranked as select id, rank() over w as r, first_value(id) over (w rows 1 preceding) as f from customers window w as (order by salary);
create view ranked_below as select q.id, q.r from (select id, row_number() over v as r from customers window w as (partition by city), v as (w order by salary)) q;
create table caps (
  id int primary key, wage numeric, cap numeric check (wage < cap), parts int default 1, share numeric generated always as (wage / parts) stored,
  code text, place text, touched int default 0, unique (place), constraint codes exclude (code with =));
create index caps_by_wage on caps (wage);
create function touch() returns trigger language plpgsql as 'begin new.touched := new.touched + 1; return new; end';
create trigger touch before update on caps for each row when (old.wage is distinct from new.wage) execute function touch();
insert into caps (id, wage, cap, code) select id, salary, 99999, case id when 1 then phone end from customers;
create view caps_view as select id, cap, parts from caps;
create function shout(text) returns text language sql immutable as 'select upper($1)';
create view shouted as select id, shout(card) as loud from customers;
create table defaulted (id int, note text default email_of(1));
create view defaulted_view as select * from defaulted;
create table subscribers (id int primary key, mail varchar(120) references customers (email), told varchar(120) references customers (email));
insert into subscribers select id, email, email from customers where id > 30;
create table clicks (id int, mail varchar(120));
`;
