/**
 * Everything that follows from the customers, made inside PostgreSQL. `draw(i, salt, n)` gives a whole number
 * from 0 to n - 1 that depends on `i` and `salt` alone. `$start` and `$days` bound the orders' time.
 */
export const draw = /* sql */ `
create function pg_temp.draw(i bigint, salt integer, n integer) returns integer
  language sql immutable parallel safe
  return ((hashint8extended(i, salt) & 9223372036854775807) % n)::integer;
`;

export const fill = (start: string, days: number): string => /* sql */ `
insert into products (id, sku, name, category, price_cents)
select i, 'SKU-' || lpad(i::text, 5, '0'),
       (array['Trail','City','Summit','Harbour','Alpine','Coast'])[1 + pg_temp.draw(i, 1, 6)] || ' ' ||
       (array['jacket','tent','rucksack','lamp','stove','boots','rope','map'])[1 + pg_temp.draw(i, 2, 8)] || ' ' || i,
       (array['clothing','camping','climbing','light','travel'])[1 + pg_temp.draw(i, 3, 5)],
       495 + 10 * pg_temp.draw(i, 4, 2400)
from generate_series(1, 420) i;

insert into order_items
select o, line, p.id, 1 + pg_temp.draw(o * 8 + line, 12, 3), p.price_cents
from generate_series(1, 312480) o
cross join lateral generate_series(1, 1 + pg_temp.draw(o, 10, 3)) line
join products p on p.id = 1 + pg_temp.draw(o * 8 + line, 11, 420)
order by o, line;

insert into orders (id, customer_id, status, total_cents, note, created_at)
select o, 1 + pg_temp.draw(o, 20, 48200),
       case when age < 20 and pg_temp.draw(o, 21, 3) = 0 then 'pending'
            when age < 45 then (array['paid','packed','shipped','pending'])[1 + pg_temp.draw(o, 22, 4)]
            else (array['delivered','delivered','delivered','delivered','delivered','delivered','cancelled','refunded'])
                 [1 + pg_temp.draw(o, 23, 8)] end,
       total,
       case when pg_temp.draw(o, 24, 12) = 0
            then (array['leave at the door','gift wrap','call before delivery','second attempt','fragile'])
                 [1 + pg_temp.draw(o, 25, 5)] end,
       at
from (
  select i.order_id as o, i.total, at, extract(epoch from end_at - at) / 86400 as age
  from (select order_id, sum(quantity * unit_price_cents)::bigint as total from order_items group by order_id) i
  cross join (select timestamptz '${start}' as start_at, timestamptz '${start}' + interval '${days} days' - interval '1 hour' as end_at) span
  cross join lateral (
    select start_at + (end_at - start_at) * (i.order_id / 312481.0)
           + pg_temp.draw(i.order_id, 26, 3600) * interval '1 second' as at
  ) moment
) made
order by o;

insert into payments (id, order_id, method, card_number, iban, amount_cents, refunded_cents, paid_at)
select row_number() over (order by o.id), o.id, m.method,
       case when m.method = 'card' then c.card_number end,
       case when m.method = 'transfer' then c.iban end,
       o.total_cents, case when o.status = 'refunded' then o.total_cents else 0 end,
       o.created_at + pg_temp.draw(o.id, 30, 7200) * interval '1 second'
from orders o
join customers c on c.id = o.customer_id
cross join lateral (select case when pg_temp.draw(o.id, 31, 3) = 0 then 'transfer' else 'card' end as method) m
where o.status not in ('pending', 'cancelled');

insert into order_notes (id, order_id, body, created_at)
select i, o.id,
       case when pg_temp.draw(i, 43, 50) = 0 then 'Asked to write to ' || c.email || ' instead.'
            else (array['Customer asked for an invoice.','Address confirmed.','Paid by post.','Sent a spare part.'])
                 [1 + pg_temp.draw(i, 41, 4)] end,
       o.created_at + pg_temp.draw(i, 42, 7200) * interval '1 second'
from generate_series(1, 6000) i
join orders o on o.id = 1 + pg_temp.draw(i, 40, 312480)
join customers c on c.id = o.customer_id;

insert into carts (id, customer_id, state, updated_at)
select i, 1 + pg_temp.draw(i, 50, 48200), (array['open','open','stale'])[1 + pg_temp.draw(i, 51, 3)],
       timestamptz '${start}' + (${days} - pg_temp.draw(i, 52, 60)) * interval '1 day'
from generate_series(1, 9000) i;

insert into fulfilment.warehouses values (1, 'North', 'NO'), (2, 'Harbour', 'DE'), (3, 'Hill', 'AT');

insert into fulfilment.stock
select w, p, pg_temp.draw(w * 1000 + p, 60, 400) from generate_series(1, 3) w, generate_series(1, 420) p;

insert into fulfilment.shipments
select row_number() over (order by o.id), o.id, 1 + pg_temp.draw(o.id, 70, 3),
       (array['Example Post','Sample Parcel','Test Courier'])[1 + pg_temp.draw(o.id, 71, 3)],
       c.name, c.phone, o.created_at + (1 + pg_temp.draw(o.id, 72, 4)) * interval '1 day'
from orders o join customers c on c.id = o.customer_id
where o.status in ('shipped', 'delivered') and o.id % 3 = 0
  and o.created_at < timestamptz '${start}' + interval '${days} days' - interval '5 days';

insert into reporting.daily_sales
select created_at::date, count(*), sum(total_cents) from orders group by 1;

insert into reporting.revenue_goals
select distinct date_trunc('month', day)::date, 350000000 from reporting.daily_sales;
`;

/** Identity columns go on after the rows that came with an id. */
export const continueIdentities = /* sql */ `
do $$
declare t text;
begin
  foreach t in array array['customers','products','orders','order_notes','payments','carts','employees'] loop
    execute format('select setval(pg_get_serial_sequence(%L, ''id''), (select max(id) from %I))', t, t);
  end loop;
end $$;
`;
