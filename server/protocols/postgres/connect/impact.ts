import { z } from "zod";
import type { Permit } from "../../../approval/permit.ts";
import { Refusal } from "../../../../shared/contract/errors.ts";
import type { Catalog, Relation } from "../../../../shared/nouns/catalog.ts";
import type { Parameter } from "../../../../shared/nouns/command.ts";
import type { Impact } from "../../../../shared/nouns/review.ts";
import type { Parsed, StatementMeaning } from "../facts/meaning.ts";
import type { Backend } from "./backend.ts";
import { TargetFailure } from "./chunk.ts";
import { dependentsQuery } from "./impact-dependents.ts";
import { describeLock, locksOf, type LockMode } from "./impact-locks.ts";
import { countQuery, sampleQuery, touchedBy, type Touched } from "./impact-query.ts";

export type ImpactLimits = {
  /** Counting stops behind this many rows. */
  maxCount: number;
  /** For each of the look-ups, in milliseconds. */
  timeoutMs: number;
  sampleRows: number;
  sampleColumns: number;
  dependents: number;
};

export const defaultImpactLimits: ImpactLimits = {
  maxCount: 100_000,
  timeoutMs: 3_000,
  sampleRows: 5,
  sampleColumns: 6,
  dependents: 50,
};

type Input = {
  backend: Backend;
  /** A permit for reading, bound to these bytes and to the backend's session. */
  permitFor: (sql: string) => Permit;
  /** The text that will run. */
  parsed: Parsed;
  /** What its statements mean; more than one, or one that is no plain write, is not measured. */
  statements: StatementMeaning[];
  catalog: Catalog;
  parameters: readonly Parameter[];
  limits?: ImpactLimits;
  signal: AbortSignal;
};

/** Nothing is known yet of what a command would touch, or it cannot be: the notes say why. */
export const unmeasured = (...notes: string[]): Impact => ({
  estimatedRows: null,
  countedRows: null,
  countCapped: false,
  countMs: null,
  relationRows: null,
  sample: null,
  triggers: [],
  dependents: [],
  locks: "",
  notes,
});

/**
 * What a write would touch, found out read-only: the planner's estimate, a bounded count with the write's own
 * condition, a sample of unclassified columns, the locks that it takes; and for a change of the schema what rests on what
 * it changes. What cannot be known is null, with the reason in `notes`, which never
 * carry the target's words. Throws only where the backend itself is lost or the signal aborts.
 */
export async function measure(input: Input): Promise<Impact> {
  const [statement, ...others] = input.statements;
  const impact = unmeasured();
  const locked = lockedRelations(input);
  impact.locks = locked.map(({ name, mode }) => describeLock(name, mode)).join("; ");
  if (statement === undefined || others.length > 0) {
    impact.notes.push("A script of several statements is not measured before it runs.");
    return impact;
  }
  if (statement.outside)
    impact.notes.push(
      `${statement.outside.called} runs outside a transaction: what it has done stays where it fails or is cancelled, and no bound of rows holds.`,
    );
  const oid = statement.sites.find((site) => site.role === "target")?.relation;
  const relation = input.catalog.relations.find((one) => one.oid === oid);
  if (relation) describeRelation(impact, relation, input.catalog);

  const inserted = rowsOfValues(input.parsed);
  if (inserted !== undefined) return { ...impact, estimatedRows: inserted, countedRows: inserted };
  if (!/^(Insert|Update|Delete|Merge)Stmt$/.test(statement.node)) {
    impact.notes.push("What it touches cannot be counted before it runs.");
    if (statement.action === "sql.ddl") await dependents(input, impact, locked);
    return impact;
  }
  await estimate(input, impact);
  const touched = touchedBy(input.parsed);
  if ("because" in touched) impact.notes.push(touched.because);
  else {
    await count(input, impact, touched);
    if (relation) await sample(input, impact, touched, relation);
  }
  return impact;
}

type Locked = { relation: Relation | undefined; name: string; mode: LockMode };

/** What the text's statements lock, by the names that the catalog has for it. */
function lockedRelations({ parsed, catalog }: Input): Locked[] {
  return locksOf(parsed).map(({ schema, name, mode }) => {
    const places = schema === undefined ? catalog.searchPath : [schema];
    const relation = places
      .map((place) => catalog.relations.find((one) => one.schema === place && one.name === name))
      .find((one) => one !== undefined);
    return { relation, name: `${relation?.schema ?? schema ?? "?"}.${name}`, mode };
  });
}

function describeRelation(impact: Impact, relation: Relation, catalog: Catalog): void {
  impact.relationRows = relation.estimatedRows < 0 ? null : relation.estimatedRows;
  impact.triggers = relation.triggers.map((trigger) => trigger.name);
  impact.dependents = catalog.relations
    .filter((one) => one.dependsOn.some((use) => use.relation === relation.oid))
    .map((one) => `${one.schema}.${one.name}`);
}

/** What rests on what a change of the schema changes: by the target's own records, and functions by their text. */
async function dependents(input: Input, impact: Impact, locked: readonly Locked[]): Promise<void> {
  const { dependents: most } = input.limits ?? defaultImpactLimits;
  const changed = locked.flatMap(({ relation }) => relation ?? []);
  if (changed.length === 0) return;
  const [first] = changed;
  if (first && changed.length === 1)
    impact.relationRows = first.estimatedRows < 0 ? null : first.estimatedRows;
  const oids = changed.map(({ oid }) => oid).join(",");
  const rows = await look(input, impact, "searched for dependents", dependentsQuery, [oids, most + 1]);
  const recorded = (rows ?? []).flatMap(([name]) => name ?? []);
  const names = new Set(changed.map(({ schema, name }) => `${schema}.${name}`));
  const byText = input.catalog.functions
    .filter(({ touches }) => touches.some((name) => names.has(name)))
    .map(({ schema, name, arguments: types }) => `function ${schema}.${name}(${types})`);
  const all = [...new Set([...recorded, ...byText])];
  impact.dependents = all.slice(0, most);
  if (all.length > most) impact.notes.push(`More than ${most} objects depend on it; these are the nearest.`);
}

/** Rows of INSERT ... VALUES or DEFAULT VALUES; undefined for anything else. */
function rowsOfValues(parsed: Parsed): number | undefined {
  const node = parsed.tree.stmts?.[0]?.stmt;
  if (!node || !("InsertStmt" in node)) return undefined;
  const { selectStmt } = node.InsertStmt;
  if (selectStmt === undefined) return 1;
  return "SelectStmt" in selectStmt ? selectStmt.SelectStmt.valuesLists?.length : undefined;
}

type PlanNode = { "Node Type": string; "Plan Rows": number; Plans?: PlanNode[] };
const PlanNode: z.ZodType<PlanNode> = z.object({
  "Node Type": z.string(),
  "Plan Rows": z.number(),
  get Plans() {
    return z.array(PlanNode).optional();
  },
});
const Explained = z.tuple([z.object({ Plan: PlanNode })]);

async function estimate(input: Input, impact: Impact): Promise<void> {
  const lines = await look(
    input,
    impact,
    "estimated",
    `EXPLAIN (FORMAT JSON) ${input.parsed.text}`,
    input.parameters,
  );
  if (lines === undefined) return;
  const plan = Explained.parse(JSON.parse(lines.map(([line]) => line).join("\n")))[0].Plan;
  const inputs = plan["Node Type"] === "ModifyTable" ? (plan.Plans ?? []) : [];
  // Sub-plans of a CTE or a sub-select hang beside it and hold what they read, not what is touched.
  const [first] = inputs;
  if (first === undefined) impact.notes.push("The planner gives no estimate of what it touches.");
  else impact.estimatedRows = first["Plan Rows"];
}

async function count(input: Input, impact: Impact, touched: Touched): Promise<void> {
  const { maxCount } = input.limits ?? defaultImpactLimits;
  const startedAt = performance.now();
  const rows = await look(
    input,
    impact,
    "counted",
    countQuery(touched, maxCount),
    used(touched, input.parameters),
  );
  if (rows === undefined) return;
  const counted = Number(rows[0]?.[0]);
  impact.countMs = Math.round(performance.now() - startedAt);
  impact.countCapped = counted > maxCount;
  impact.countedRows = Math.min(counted, maxCount);
}

async function sample(input: Input, impact: Impact, touched: Touched, relation: Relation): Promise<void> {
  const { sampleRows, sampleColumns } = input.limits ?? defaultImpactLimits;
  const others = touched.sets.length > 0 ? touched.sets : relation.columns.map((column) => column.name);
  const names = [...new Set([...relation.primaryKey, ...others])];
  const wanted = relation.columns.filter((column) => names.includes(column.name));
  const columns = wanted.filter((column) => column.class === undefined).slice(0, sampleColumns);
  const hidden = wanted.filter((column) => column.class !== undefined).map((column) => column.name);
  if (hidden.length > 0) impact.notes.push(`Not sampled, because classified: ${hidden.join(", ")}.`);
  if (columns.length === 0) return;
  const sql = sampleQuery(
    touched,
    columns.map((column) => column.name),
    sampleRows,
  );
  const rows = await look(input, impact, "sampled", sql, used(touched, input.parameters));
  if (rows) impact.sample = { columns: columns.map(({ name, type }) => ({ name, type })), rows };
}

const used = (touched: Touched, parameters: readonly Parameter[]): Parameter[] =>
  touched.parameters.map((number) => parameters[number - 1] ?? null);

/** Rows of a read-only query of ours; undefined, with a note, where the target refuses it or it takes too long. */
async function look(
  input: Input,
  impact: Impact,
  what: string,
  sql: string,
  parameters: readonly Parameter[],
): Promise<(string | null)[][] | undefined> {
  const { timeoutMs } = input.limits ?? defaultImpactLimits;
  const permit = input.permitFor(sql);
  const command = {
    sql,
    statements: [{ span: { start: 0, end: Buffer.byteLength(sql) }, returnsRows: true, writes: false }],
    parameters,
    maxRows: 1_000,
    timeoutMs,
    maxAffectedRows: null,
    writes: false,
    sha256: permit.binding.sha256,
  };
  const rows: (string | null)[][] = [];
  try {
    for await (const chunk of input.backend.run(permit, command, input.signal))
      if (chunk.type === "rows") rows.push(...chunk.rows.cells());
    return rows;
  } catch (error) {
    if (error instanceof TargetFailure)
      impact.notes.push(`It could not be ${what}: the target answered with SQLSTATE ${error.error.code}.`);
    else if (error instanceof Refusal && error.code === "timeout")
      impact.notes.push(`It could not be ${what} within ${timeoutMs / 1000} s.`);
    else throw error;
    return undefined;
  }
}
