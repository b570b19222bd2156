/**
 * Statements whose names are easily taken for others: aliases that are called as hidden columns, functions or the
 * target, columns under other names, levels that hide each other. The same seed gives the same statement.
 */
export function tangled(seed: number): string {
  return createTangler(seed)();
}

const hidden = "card email salary phone".split(" ");
const names = [..."id name city value key c x customers unnest json_each text date".split(" "), ...hidden];
const tables = [
  "customers",
  "orders",
  "contacts",
  "accounts",
  "hr.staff",
  "only customers",
  "logins",
  "renamed",
];
const functions = [
  "jsonb_array_elements('[1, 2]')",
  "json_each('{\"card\": 1}')",
  'jsonb_each_text(\'{"a": "4"}\')',
  "unnest(array[1, 2])",
  "generate_series(1, 2)",
  "pg_options_to_table(array['a=b'])",
  "string_to_table('4 5', ' ')",
  "current_date",
  "json_array_elements_text('[4]') with ordinality",
  "rows from (current_date, unnest(array[1]))",
  "rows from (json_each('{\"a\": 1}'), generate_series(1, 2))",
  "json_table('[4]', '$[*]' columns (card int path '$', n for ordinality))",
  "xmltable('/r' passing xmlparse(document '<r>4</r>') columns card int path '.')",
  "pg_catalog.pg_am",
  "pg_timezone_abbrevs",
];
/** How deep queries and expressions go. */
const deepest = 3;

function createTangler(seed: number): () => string {
  let state = seed | 0;
  const random = (): number => {
    // mulberry32
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
  const pick = <T>(of: readonly [T, ...T[]] | readonly T[]): T => of[Math.floor(random() * of.length)] as T;
  const maybe = (chance: number): boolean => random() < chance;
  const several = <T>(least: number, most: number, make: () => T): T[] =>
    Array.from({ length: least + Math.floor(random() * (most - least + 1)) }, make);

  const name = (): string => pick(maybe(0.5) ? hidden : names);
  const aliased = (aliases: string[]): string => {
    const alias = name();
    aliases.push(alias);
    return ` as ${alias}${maybe(0.25) ? ` (${several(1, 3, name).join(", ")})` : ""}`;
  };

  function from(depth: number, aliases: string[]): string {
    const kind = random();
    if (kind < 0.15) {
      const table = pick(tables);
      if (maybe(0.6)) return table + aliased(aliases);
      aliases.push(table.replace(/^.*[ .]/, ""));
      return table;
    }
    if (kind < 0.65 || depth >= deepest) {
      const call = pick(functions);
      if (maybe(0.8)) return call + aliased(aliases);
      aliases.push(/^\w+/.exec(call)?.[0] ?? "");
      return call;
    }
    if (kind < 0.88)
      return `${maybe(0.3) ? "lateral " : ""}(${query(depth + 1, maybe(0.5) ? aliases : [])})${aliased(aliases)}`;
    const how = pick(["cross join", "natural join", "left join", "full join", "join"]);
    const [left, right] = [from(depth + 1, aliases), from(depth + 1, aliases)];
    const on = /^(left|full|join)/.test(how)
      ? pick([" on true", ` using (${pick(["id", "name", "card"])})`])
      : "";
    const joined = `${left} ${how} ${right}${on}`;
    return maybe(0.3) ? `(${joined})${aliased(aliases)}` : joined;
  }

  function expression(depth: number, aliases: readonly string[]): string {
    const alias = (): string => (maybe(0.85) && aliases.length > 0 ? pick(aliases) : name());
    switch (Math.floor(random() * (depth >= deepest ? 8 : 13))) {
      case 0:
      case 1:
        return name();
      case 2:
        return `${alias()}.${name()}`;
      case 3:
        return `(${alias()}).${name()}`;
      case 4:
        return `${pick(["card", "text", "name", "to_jsonb", "num_nulls"])}(${alias()})`;
      case 5:
        return alias();
      case 6:
        return pick(["1", "'4'", "null", "'x'::name", "date '2024-01-01'"]);
      case 7:
        return `row(${alias()}.*)`;
      case 8:
        return `(${expression(depth + 1, aliases)})::text`;
      case 9:
        return `coalesce(${expression(depth + 1, aliases)}::text, 'z')`;
      case 10:
        return `case when ${condition(depth + 1, aliases)} then 1 end`;
      case 11:
        return `array(${query(depth + 1, aliases)})`;
      default:
        return `(${query(depth + 1, aliases)} limit 1)`;
    }
  }

  function condition(depth: number, aliases: readonly string[]): string {
    if (depth < deepest && maybe(0.5)) return `exists (${query(depth + 1, aliases)})`;
    const value = maybe(0.5) ? name() : expression(depth + 1, aliases);
    return pick([
      `(${value})::text like '4%'`,
      `(${value})::text < '5'`,
      `(${value})::text ~ '^[0-4]'`,
      `length((${value})::text) > 14`,
      `(${value}) is not null`,
    ]);
  }

  function query(depth: number, outer: readonly string[]): string {
    const aliases: string[] = [];
    const items = maybe(0.9)
      ? ` from ${several(1, maybe(0.25) ? 2 : 1, () => from(depth, aliases)).join(", ")}`
      : "";
    const visible = maybe(0.7) ? [...aliases, ...outer] : aliases;
    const output = maybe(0.1) ? "*" : expression(depth, visible) + (maybe(0.3) ? ` as ${name()}` : "");
    const where = maybe(0.5) ? ` where ${condition(depth, visible)}` : "";
    const tail = maybe(0.15) ? ` group by 1` : maybe(0.2) ? ` order by ${pick([name(), "1"])}` : "";
    return `select ${output}${items}${where}${tail}`;
  }

  /** A sub-query, so that the target's columns are seen from further in. */
  const within = (aliases: readonly string[]): string =>
    maybe(0.8) ? `(${query(1, aliases)} limit 1)` : expression(0, aliases);
  const chosen = (aliases: readonly string[]): string =>
    maybe(0.3) ? "true" : maybe(0.6) ? `exists (${query(1, aliases)})` : condition(0, aliases);

  function write(): string {
    const alias = name();
    const target = `customers${maybe(0.6) ? ` as ${alias}` : ""}`;
    const aliases = [target === "customers" ? "customers" : alias];
    const returning = maybe(0.6) ? ` returning ${within([...aliases, "old", "new"])}` : "";
    const set = maybe(0.7) ? "'x'" : `(${within(aliases)})::text`;
    switch (Math.floor(random() * 6)) {
      case 0:
        return `delete from ${target} where id < 3 and ${chosen(aliases)}${returning}`;
      case 1:
        return `insert into ${target} (id, name, created_at) values (1, 'x', now()) on conflict (id) do update set name = (${within([...aliases, "excluded"])})::text${returning}`;
      case 2:
        return `merge into ${target} using ${from(1, aliases)} on ${chosen(aliases)} when matched and ${chosen(aliases)} then update set city = 'x'${returning}`;
      case 3:
        return `update ${target} set city = 'x' from ${from(2, aliases)} where ${chosen(aliases)}${returning}`;
      default:
        return `update ${target} set name = ${set} where ${chosen(aliases)}${returning}`;
    }
  }

  return () => {
    const body = maybe(0.65) ? write() : query(0, []);
    return maybe(0.2) ? `with ${name()} as (${query(1, [])}) ${body}` : body;
  };
}
