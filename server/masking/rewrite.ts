import { Refusal } from "../../shared/contract/errors.ts";
import type { Catalog, Relation } from "../../shared/nouns/catalog.ts";
import type { Mask } from "../../shared/nouns/decision.ts";
import type {
  Meaning,
  Parsed,
  RelationSite,
  Span,
  StatementMeaning,
} from "../protocols/postgres/facts/meaning.ts";
import { keepGrouping } from "./grouping.ts";
import { indexOf, nameOf, type Hidden } from "./hidden.ts";
import { maxGiven, type MadeLookup } from "./looked-for.ts";
import { outputOrigins, type OutputOrigin } from "./origins.ts";
import { probesOf } from "./probes.ts";
import { sampleAt } from "./sample.ts";
import {
  fromBytes,
  isIn,
  lastIndex,
  quoteName,
  splice,
  toBytes,
  tokenReader,
  type Splice,
  type TokenReader,
} from "./sql-text.ts";
import { lookupsOf, subSelect, type AppliedLookup } from "./sub-select.ts";
import { survey, type Survey } from "./survey.ts";
import { list, type Node } from "./tree.ts";
import { refuseWhatCannotBeMasked } from "./unmaskable.ts";

export type RewriteInput = {
  parsed: Parsed;
  meaning: Meaning;
  catalog: Catalog;
  hidden: Hidden;
  /** Whether known-value look-ups are granted for this command. */
  lookups: boolean;
  /** Secret of the session: equal values give equal tokens within it. */
  tokenKey: string;
};

/** What the rewritten text must be when it is parsed again. */
export type Edit = { splice: Splice } & (
  | {
      kind: "relation";
      relation: Relation;
      only: boolean;
      alias: string;
      columns: string[];
      lookups: readonly AppliedLookup[];
    }
  | { kind: "lookup"; alias: string; column: string }
  | { kind: "grouping"; anchor: number; alias: string; columns: string[] }
  | { kind: "reference"; fields: string[] }
  | { kind: "sample"; of: Splice }
);

export type Rewritten = {
  /** The exact text to run. */
  sql: string;
  /** The same text with token keys taken out: for the actor, recordings and logs. */
  display: string;
  statements: { span: Span }[];
  masks: Mask[];
  /** What running it asks of hidden values: look-ups, and guesses that a write makes. */
  lookups: MadeLookup[];
  /** By statement: which result fields draw from which masked columns. */
  fields: OutputOrigin[][];
  original: Parsed;
  edits: Edit[];
  moved: (offset: number) => number;
  /** Where a position that the target names in its error (characters, from 1) is in the text that the user wrote. */
  positionInOriginal(position: number): number;
};

/**
 * Replaces, at its position in the text, each reference to a relation with hidden columns by a sub-select that carries
 * masks in their place, so that everything around it works on masked values. Pure.
 *
 * Throws `masking_refused`, naming the column or function, why, and what would work.
 */
export function rewrite(input: RewriteInput): Rewritten {
  const { parsed, meaning, catalog, hidden } = input;
  if (meaning.catalogRevision !== catalog.revision)
    throw new Refusal("masking_refused", "The target's catalog changed while the statement was read.", {
      hint: "Run it again.",
    });
  const edits: Edit[] = [];
  const masks = new Map<string, Mask>();
  const lookups: MadeLookup[] = [];
  const keys = new Set<string>();
  const fields: OutputOrigin[][] = [];
  const protectedRelations = new Map(
    indexOf(catalog)
      .classified.filter(({ classes }) => classes.some((name) => hidden.has(name)))
      .map(({ relation }) => [relation.oid, relation]),
  );
  refuseTooMany(meaning, protectedRelations);
  const reader = tokenReader(parsed);
  meaning.statements.forEach((statement, index) => {
    const tree = list(parsed.tree as Node, "stmts")[index];
    const edited: Edited = { edits: [], masks: [], lookups: [], keys: [] };
    if (protectedRelations.size > 0) {
      const surveyed = survey(tree);
      refuseWhatCannotBeMasked(statement, surveyed, protectedRelations, input, reader);
      editStatement({ statement, surveyed, protectedRelations, input, reader }, edited);
      if (statement.writes) edited.lookups.push(...probesOf(tree, statement, catalog, hidden));
    }
    edits.push(...edited.edits);
    lookups.push(...edited.lookups);
    for (const key of edited.keys) keys.add(key);
    for (const mask of edited.masks) masks.set(`${mask.relation} ${mask.column}`, mask);
    fields.push(edited.masks.length === 0 ? [] : outputOrigins(tree, statement, catalog, hidden));
  });
  const { text, moved, origin } = splice(
    parsed.text,
    edits.map((edit) => edit.splice),
  );
  let display = text;
  for (const key of keys) display = display.replaceAll(key, "•••");
  return {
    sql: text,
    display,
    statements: meaning.statements.map(({ span }) => ({
      span: { start: moved(span.start), end: moved(span.end) },
    })),
    masks: [...masks.values()],
    lookups,
    fields,
    original: parsed,
    edits,
    moved,
    positionInOriginal(position) {
      const before = [...text].slice(0, position - 1).join("");
      const place = origin(Buffer.byteLength(before));
      return [...fromBytes(toBytes(parsed.text).slice(0, place))].length + 1;
    },
  };
}

/** References to relations with hidden columns that one command may hold, and their columns in all. */
const maxReplaced = 300;
const maxReplacedColumns = 30_000;

function refuseTooMany({ statements }: Meaning, protectedRelations: ReadonlyMap<number, Relation>): void {
  let replaced = 0;
  let columns = 0;
  for (const { sites } of statements)
    for (const { role, relation } of sites) {
      const found = role === "from" ? protectedRelations.get(relation) : undefined;
      if (found === undefined) continue;
      replaced += 1;
      columns += found.columns.length;
      const too =
        replaced > maxReplaced
          ? `in more than ${maxReplaced} places`
          : columns > maxReplacedColumns
            ? `with more than ${maxReplacedColumns} columns in all`
            : undefined;
      if (too !== undefined)
        throw new Refusal(
          "masking_refused",
          `It reads tables with hidden columns ${too}; ${nameOf(found)} is one of them.`,
          {
            hint: "Split it into several commands, or read the table once in a WITH query and refer to that.",
          },
        );
    }
}

type Edited = { edits: Edit[]; masks: Mask[]; lookups: MadeLookup[]; keys: string[] };

function editStatement(
  of: {
    statement: StatementMeaning;
    surveyed: Survey;
    protectedRelations: ReadonlyMap<number, Relation>;
    input: RewriteInput;
    reader: TokenReader;
  },
  edited: Edited,
): void {
  const { statement, surveyed, protectedRelations, input, reader } = of;
  const places = surveyed.tables.map(({ at }) => at).sort((a, b) => a - b);
  const withoutAlias = new Set<Relation>();
  const conjuncts: Span[] = [];
  // A definition that reaches hidden columns is refused; another is kept as it is, so that it stores no mask.
  const isDefinition = statement.actions.includes("sql.ddl");
  for (const site of statement.sites) {
    const relation = protectedRelations.get(site.relation);
    if (relation === undefined || site.role === "other") continue;
    const lookups = lookupsOf(site, relation, input, reader);
    for (const { column, class: name, values, parameter } of lookups)
      edited.lookups.push({
        ...{ relation: nameOf(relation), column, class: name },
        ...(parameter === undefined ? { values: values.length } : { values: maxGiven, parameter }),
      });
    if (site.role === "target" || isDefinition) continue;
    const at = places[lastIndex(places, (place) => place < site.span.end)] ?? -1;
    editSite({ site, relation, at, lookups, statement, surveyed, input, reader }, edited);
    if (site.alias === undefined) withoutAlias.add(relation);
    conjuncts.push(...lookups.map(({ conjunct }) => conjunct));
  }
  conjuncts.sort((a, b) => a.start - b.start);
  for (const relation of withoutAlias)
    edited.edits.push(...shortenReferences(surveyed, relation, conjuncts, reader));
}

function editSite(
  of: {
    site: RelationSite;
    relation: Relation;
    /** Where the relation's name stands. */
    at: number;
    lookups: readonly AppliedLookup[];
    statement: StatementMeaning;
    surveyed: Survey;
    input: RewriteInput;
    reader: TokenReader;
  },
  { edits, masks, keys }: Edited,
): void {
  const { site, relation, at, lookups, statement, surveyed, input, reader } = of;
  const alias = site.alias ?? relation.name;
  const outerName = (column: string): string =>
    site.columnAliases[relation.columns.findIndex(({ name }) => name === column)] ?? column;
  const method = surveyed.samples.get(at);
  const clause = method === undefined ? undefined : sampleAt(method, reader);
  const sample = clause === undefined ? "" : ` ${reader.text(clause)}`;
  const select = subSelect(site, relation, statement, input, { lookups, sample, reader });
  masks.push(...select.masks);
  keys.push(...select.keys);
  const named = site.alias === undefined ? `${select.sql} AS ${quoteName(relation.name)}` : select.sql;
  // `TABLE customers` takes no sub-select.
  const before = reader.at(reader.indexFrom(site.span.start) - 1);
  const place =
    before.text.toLowerCase() === "table"
      ? { span: { start: before.start, end: site.span.end }, text: `SELECT * FROM ${named}` }
      : { span: site.span, text: named };
  const { columns } = select;
  edits.push({
    kind: "relation",
    splice: place,
    relation,
    only: site.only,
    alias,
    columns,
    lookups,
  });
  if (clause !== undefined) edits.push({ kind: "sample", splice: { span: clause, text: "" }, of: place });
  for (const { conjunct, column, visible } of lookups) {
    const name = outerName(column);
    // Beside an outer join the row may be missing, and then its columns are NULL.
    const text = visible ? `(${quoteName(alias)}.${quoteName(name)} IS NOT NULL)` : "(TRUE)";
    edits.push({ kind: "lookup", splice: { span: conjunct, text }, alias, column: visible ? name : "" });
  }
  const grouping = surveyed.groupings.get(at);
  if (grouping !== undefined) edits.push(...keepGrouping(grouping, site, relation, alias, outerName, reader));
}

/** `public.customers.email` names a table, which a sub-select is not: the schema is taken out. */
function shortenReferences(
  { qualified }: Survey,
  relation: Relation,
  conjuncts: readonly Span[],
  reader: TokenReader,
): Edit[] {
  const edits: Edit[] = [];
  for (const { fields, at: start } of qualified) {
    if (fields[0] !== relation.schema || fields[1] !== relation.name || isIn(conjuncts, start)) continue;
    const index = reader.indexFrom(start);
    if (reader.at(index).start !== start || reader.at(index + 1).text !== ".")
      throw new Refusal("masking_refused", `The reference ${fields.join(".")} cannot be rewritten.`, {
        hint: `Write ${fields.slice(1).join(".")}.`,
      });
    const end = reader.at(index + 2).start;
    edits.push({ kind: "reference", splice: { span: { start, end }, text: "" }, fields: fields.slice(1) });
  }
  return edits;
}
