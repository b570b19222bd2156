import type { CatalogFunction, Relation } from "../../../../shared/nouns/catalog.ts";
import type { FunctionUse, SqlAction } from "../../../../shared/nouns/facts.ts";
import { extensionEffect, systemFunction } from "./functions.ts";
import { insteadOf } from "./instead.ts";
import { functionsLike, notInCatalog, relationsLike } from "./proposals.ts";
import type { Body, RelationSite, Span } from "./meaning.ts";
import { type Names, qualifiedName, type Resolved } from "./names.ts";
import { newReach, type Reach } from "./scope.ts";
import { noteSetting } from "./settings.ts";
import type { SourceText } from "./source.ts";
import { createShapes, type Shapes } from "./constants.ts";
import { type Effort, spend } from "./effort.ts";

/** A relation that is read or changed, with everything that reaches it. */
export type Use = {
  qualified: string;
  known: boolean;
  relation: Relation | undefined;
  reaches: Reach[];
  /** Of a system relation or a foreign table. */
  effect: string | undefined;
};

/** A site while its statement is walked: its reach still grows. */
export type SiteDraft = Omit<RelationSite, "columns" | "systemColumns"> & { reach: Reach };

/** What walking one statement has learnt so far. */
export type Findings = {
  names: Names;
  /** The command's text; undefined where what is read cannot be replaced in it, for the reason in `where`. */
  source: SourceText | undefined;
  where: string;
  /** The body of the DO block or function that is walked; null or undefined: cannot be read. */
  code: Body | null | undefined;
  actions: Set<SqlAction>;
  writes: boolean;
  reads: Map<string, Use>;
  changes: Map<string, Use>;
  sites: SiteDraft[];
  /** The site, if any, that a reach belongs to and whose look-ups can be applied. */
  siteOf: Map<Reach, SiteDraft>;
  /** Targets of writes and what the statement reads back of them; `isKey`: what ON CONFLICT names of them. */
  targets: { resolved: Resolved; reach: Reach; isKey: boolean }[];
  functions: Map<string, FunctionUse>;
  effects: Set<string>;
  sessionChanges: Set<string>;
  opaque: Set<string>;
  /** Why it cannot be masked by rewriting, each reason with what would work instead. */
  unmaskable: Map<string, string>;
  /** By function: the classes that it reads, and the relation whose change runs it where it is not called. */
  readsByFunction: Map<string, { classes: Set<string>; by: string | undefined }>;
  bounded: boolean;
  bulk: boolean;
  /** What is selected here reaches the client or a table: not the inside of a condition, a count or a limit. */
  flows: boolean;
  parameters: number;
  /** Inside PREPARE: `$n` stands for a value that each EXECUTE brings. */
  prepares: boolean;
  /** System relations that are read, of which some columns show more than others. */
  partly: { resolved: SystemResolved; reach: Reach }[];
  /** Relations read where no sub-select can stand in: bodies, stored queries. */
  unreplaceable: { reach: Reach; relation: Relation; where: string }[];
  /** Prepared statements and cursors that this command has made so far. */
  prepared: Set<string>;
  cursors: Set<string>;
  /** Those of them that this statement runs: their text was read before it, and may mean something else by now. */
  runs: Set<string>;
  effort: Effort;
  shape: Shapes;
};

export function newFindings(
  names: Names,
  source: SourceText | undefined,
  code: Body | null | undefined,
  made: Pick<Findings, "prepared" | "cursors" | "effort">,
): Findings {
  return {
    names,
    source,
    where: "where it cannot be replaced",
    code,
    actions: new Set(),
    writes: false,
    reads: new Map(),
    changes: new Map(),
    sites: [],
    siteOf: new Map(),
    targets: [],
    functions: new Map(),
    effects: new Set(),
    sessionChanges: new Set(),
    opaque: new Set(),
    unmaskable: new Map(),
    readsByFunction: new Map(),
    bounded: true,
    bulk: false,
    flows: true,
    parameters: 0,
    prepares: false,
    partly: [],
    unreplaceable: [],
    prepared: made.prepared,
    cursors: made.cursors,
    runs: new Set(),
    effort: made.effort,
    shape: createShapes(made.effort),
  };
}

/** Notes why the statement cannot be masked, and what would work instead; the first hint for a reason stays. */
export function noteUnmaskable({ unmaskable }: Findings, reason: string, instead: string): void {
  if (!unmaskable.has(reason)) unmaskable.set(reason, instead);
}

/** Notes something that cannot be seen into: neither decided nor masked. */
export function noteUnseen(findings: Findings, reason: string, instead: string): void {
  findings.opaque.add(reason);
  noteUnmaskable(findings, reason, instead);
}

/** Notes a name that the catalog has not, with those that were most likely meant. */
export function noteUnknown(
  findings: Findings,
  what: "relation" | "function" | "column",
  name: string,
  meant: readonly string[],
): void {
  noteUnseen(
    findings,
    notInCatalog(what, name, meant),
    meant.length > 0
      ? `Write ${meant.join(" or ")} if that is meant by ${name}; what was made beside the gateway is known within minutes.`
      : `Check the spelling of ${name} and write it with its schema${what === "relation" && !name.includes(".") ? ` (pg_temp.${name} where it is a temporary table)` : ""}; what was made beside the gateway is known within minutes.`,
  );
}

function use(uses: Map<string, Use>, resolved: Resolved, effect?: string): Use {
  const existing = uses.get(resolved.qualified);
  if (existing !== undefined) return existing;
  const made: Use = {
    qualified: resolved.qualified,
    known: resolved.kind !== "unknown" || resolved.own,
    relation: resolved.kind === "user" ? resolved.relation : undefined,
    reaches: [],
    effect,
  };
  uses.set(resolved.qualified, made);
  return made;
}

function effectOf(resolved: Resolved): string | undefined {
  if (resolved.kind === "system") return resolved.system.effect;
  return resolved.kind === "user" && resolved.relation.kind === "foreign" ? "network" : undefined;
}

/** Notes a reading; the reach is the caller's to fill. */
export function noteRead(findings: Findings, resolved: Resolved, reach: Reach): void {
  const effect = effectOf(resolved);
  if (effect !== undefined) findings.effects.add(effect);
  use(findings.reads, resolved, effect).reaches.push(reach);
  if (resolved.kind === "unknown") {
    const { qualified: name, own } = resolved;
    if (!own) noteUnknown(findings, "relation", name, relationsLike(findings, name));
  } else if (resolved.kind === "system") noteSystemRead(findings, resolved, reach);
  else {
    if (
      resolved.relation.hasRules &&
      resolved.relation.kind !== "view" &&
      resolved.relation.kind !== "matview"
    )
      findings.opaque.add(`${resolved.qualified} has rewrite rules`);
    const behindIt = findings.names.behind(resolved.relation);
    spend(findings.effort, behindIt.size);
    for (const [behind, columns] of behindIt) {
      const reaches = use(findings.reads, {
        kind: "user",
        relation: behind,
        qualified: qualifiedName(behind),
      }).reaches;
      // What stands behind is named for policies; its classes come through the columns that the view offers.
      reaches.push({ ...newReach(), system: columns === "all" ? new Set(["*"]) : columns });
    }
  }
}

type SystemResolved = Extract<Resolved, { kind: "system" }>;

function noteSystemRead(findings: Findings, resolved: SystemResolved, reach: Reach): void {
  const { system, qualified } = resolved;
  const instead = insteadOf(qualified, system.effect);
  if (system.parts.length > 0) findings.partly.push({ resolved, reach });
  if (system.reveals !== undefined) noteUnmaskable(findings, `${qualified} ${system.reveals}`, instead);
  if (!system.reviewed) noteUnseen(findings, `${qualified} has not been reviewed`, instead);
}

/** Notes what the columns of system relations show that the statement reaches; once it was walked to its end. */
export function noteParts(findings: Findings): void {
  for (const { resolved, reach } of findings.partly) {
    const { qualified, system } = resolved;
    for (const { columns, effect, reveals } of system.parts) {
      const reached = columns.filter((name) => reach.all || reach.columns.has(name));
      if (reached.length === 0) continue;
      findings.effects.add(effect);
      const use = findings.reads.get(qualified);
      if (use !== undefined) use.effect = effect;
      if (reveals !== undefined)
        noteUnmaskable(
          findings,
          `${qualified} ${reveals} in ${reached.join(", ")}`,
          `Name the columns of ${qualified} that you need, without ${reached.join(", ")}${reach.all ? ", instead of *" : ""}.`,
        );
    }
  }
}

/** Notes a change; the reach takes the columns that are written. */
export function noteChange(findings: Findings, resolved: Resolved, effect?: string): Reach {
  const reach = newReach();
  use(findings.changes, resolved, effect).reaches.push(reach);
  return reach;
}

/** Notes a change of rows: a view's are those of its tables, a partition's those of its parent. */
export function noteRowChange(findings: Findings, resolved: Resolved): Reach {
  const effect = resolved.kind === "system" ? "system-catalog" : effectOf(resolved);
  if (effect !== undefined) findings.effects.add(effect);
  const reach = noteChange(findings, resolved, effect);
  if (resolved.kind === "unknown" && !resolved.own)
    findings.opaque.add(
      notInCatalog("relation", resolved.qualified, relationsLike(findings, resolved.qualified)),
    );
  // A rule of pg_settings turns UPDATE into set_config.
  if (resolved.kind === "system" && resolved.qualified === "pg_catalog.pg_settings")
    noteSetting(findings, undefined, [], false);
  if (resolved.kind === "user")
    for (const relation of findings.names.behind(resolved.relation).keys())
      use(findings.changes, { kind: "user", relation, qualified: qualifiedName(relation) }).reaches.push(
        reach,
      );
  return reach;
}

/** Code that a write sets off, on the relation and on what it writes through to; only what the catalog knows of. */
export function noteTriggers(findings: Findings, relation: Relation, event: Event): void {
  for (const written of findings.names.writtenWith(relation))
    noteTriggersOf(findings, written, event, qualifiedName(relation));
}

type Event = "INSERT" | "UPDATE" | "DELETE" | "TRUNCATE";

function noteTriggersOf(findings: Findings, relation: Relation, event: Event, by: string): void {
  if (relation.hasRules)
    noteUnseen(
      findings,
      `${qualifiedName(relation)} has rewrite rules, which run or answer something else`,
      `Write to a table without rules, or ask for those of ${qualifiedName(relation)} to be made triggers.`,
    );
  // Defaults, constraints and policies: code that cannot be seen into is common there, and computes with what is written.
  const triggered = new Set(relation.triggers.map((trigger) => trigger.function));
  for (const oid of relation.runs ?? []) if (!triggered.has(oid)) noteReading(findings, oid, by);
  for (const trigger of relation.triggers) {
    // A name in the definition may also read like an event: then the trigger counts once too often.
    if (!new RegExp(`\\b${event}\\b`, "i").test(trigger.definition)) continue;
    const fn = findings.names.functionByOid(trigger.function);
    if (fn === undefined) {
      findings.opaque.add(
        `trigger ${trigger.name} on ${qualifiedName(relation)} runs a function that is not in the catalog`,
      );
      continue;
    }
    noteUserFunction(findings, fn, by);
  }
}

function noteReading(findings: Findings, oid: number, by?: string): void {
  const fn = findings.names.functionByOid(oid);
  if (fn?.reach === "classified") noteUserFunction(findings, fn, by);
}

/** A function that a trigger is made to run: with it others' writes would put what it reads where it puts it. */
export function noteTriggered(findings: Findings, schema: string | undefined, name: string): void {
  for (const { oid } of findings.names.functions(schema, name)) noteReading(findings, oid);
}

function noteUserFunction(findings: Findings, fn: CatalogFunction, by?: string): void {
  const name = qualifiedName(fn);
  const outside = extensionEffect(fn.extension, fn.name);
  merge(findings, {
    name,
    volatility: fn.volatility,
    definer: fn.definer,
    ...(outside?.effect === undefined ? {} : { effect: outside.effect }),
  });
  if (outside?.effect !== undefined) findings.effects.add(outside.effect);
  if (outside?.reveals !== undefined)
    noteUnmaskable(findings, `function ${name} ${outside.reveals}`, insteadOf(name, outside.effect));
  if (fn.writes || outside?.writes === true) findings.writes = true;
  if (fn.reach === "clear") return;
  if (fn.reach === "classified") {
    if (fn.classes === undefined)
      noteUnmaskable(
        findings,
        `function ${name} reads classified columns`,
        `Select from the tables that ${name} reads.`,
      );
    // Another function of the same name may be meant: both count.
    else {
      const known = findings.readsByFunction.get(name) ?? { classes: new Set(), by };
      findings.readsByFunction.set(name, known);
      for (const each of fn.classes) known.classes.add(each);
    }
    return;
  }
  noteUnseen(
    findings,
    by === undefined
      ? `function ${name} cannot be seen into`
      : `a write to ${by} runs function ${name}, which cannot be seen into`,
    `${by === undefined ? `Leave ${name} out, or have it` : `Have ${name}`} written in SQL, or in PL/pgSQL without EXECUTE.`,
  );
  if (fn.volatility === "volatile") findings.writes = true;
}

/** Notes a call by name: every function that the name may mean counts, the worst of them decides. */
export function noteCall(findings: Findings, schema: string | undefined, name: string): void {
  const users = findings.names.functions(schema, name);
  spend(findings.effort, users.length);
  for (const fn of users) noteUserFunction(findings, fn);
  const system =
    schema === undefined || schema === "pg_catalog" || schema === "information_schema"
      ? systemFunction(name)
      : undefined;
  if (system !== undefined) {
    const { effect } = system;
    merge(findings, {
      name,
      volatility: system.volatility,
      definer: false,
      ...(effect?.effect === undefined ? {} : { effect: effect.effect }),
    });
    if (effect?.effect !== undefined) findings.effects.add(effect.effect);
    if (effect?.writes === true) findings.writes = true;
    const instead = insteadOf(name, effect?.effect);
    if (effect?.reveals !== undefined)
      noteUnmaskable(findings, `function ${name} ${effect.reveals}`, instead);
    if (!system.known) noteUnseen(findings, `function ${name} has effects that are not known`, instead);
  }
  if (system !== undefined || users.length > 0) return;
  const written = schema === undefined ? name : `${schema}.${name}`;
  merge(findings, { name: written, volatility: "unknown", definer: false });
  noteUnknown(findings, "function", written, functionsLike(findings, name));
}

const severity = { immutable: 0, stable: 1, volatile: 2, unknown: 3 };

function merge(findings: Findings, fn: FunctionUse): void {
  const existing = findings.functions.get(fn.name);
  if (existing === undefined) {
    findings.functions.set(fn.name, fn);
    return;
  }
  if (severity[fn.volatility] > severity[existing.volatility]) existing.volatility = fn.volatility;
  existing.definer ||= fn.definer;
  existing.effect ??= fn.effect;
}

/** Notes a place in the text where a relation stands; without a text, that no place can be replaced. */
export function noteSite(
  findings: Findings,
  relation: Relation,
  reach: Reach,
  place: { span: Span; aliasSpan: Span | undefined } | undefined,
  site: Pick<RelationSite, "only" | "alias" | "columnAliases" | "role">,
): SiteDraft | undefined {
  if (place === undefined) {
    findings.unreplaceable.push({ reach, relation, where: findings.where });
    return undefined;
  }
  const draft: SiteDraft = { ...site, ...place, relation: relation.oid, reach, equalities: [] };
  findings.sites.push(draft);
  if (site.role !== "other") findings.siteOf.set(reach, draft);
  return draft;
}
