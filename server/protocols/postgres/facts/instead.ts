/** What works in the place of something that shows what cannot be masked, by its effect. */
const byEffect = new Map([
  ["query-text", "send the query itself, whose tables can then be masked"],
  ["column-statistics", "count or group the columns of the table itself"],
  ["others-activity", "an administrator sees what runs in the gateway's own journal"],
  ["server-file", "COPY ... TO STDOUT or FROM STDIN moves rows through the session"],
  ["large-object", "keep such content in a bytea column, which can have a class"],
  ["replication", "read the tables themselves"],
  ["raw-pages", "read the tables themselves"],
  ["row-address", "select ctid from the table itself"],
  ["network", "connect the other server as a target of its own"],
  ["credentials", "pg_roles and pg_database show what is no secret"],
]);

const byName = new Map([["jsonb_set_lax", "jsonb_set and jsonb_strip_nulls do the same"]]);

/** A hint for a function or a relation whose answer cannot be masked. */
export function insteadOf(name: string, effect: string | undefined): string {
  const works = byName.get(name) ?? byEffect.get(effect ?? "");
  return works === undefined ? `Leave ${name} out.` : `Leave ${name} out; ${works}.`;
}
