import { Refusal } from "../../shared/contract/errors.ts";
import type { Actor } from "../../shared/nouns/actor.ts";
import type { Catalog, ClassMap, Column, Relation } from "../../shared/nouns/catalog.ts";
import { undecidedClass, type DiscoverInput, type Discovery } from "../../shared/nouns/discovery.ts";
import type { Row } from "../../shared/nouns/command.ts";
import type { Target } from "../../shared/nouns/target.ts";
import { isWorthSampling, propose, type SampledRelation } from "../masking/discovery.ts";
import { TargetFailure } from "../protocols/postgres/connect/chunk.ts";
import { createOwnQuestions, type Ask, type AskingRooms } from "./own-questions.ts";
import type { Rooms } from "./rooms.ts";
import { isLarge, sampleText } from "./sample-text.ts";

/**
 * Looks at a sample of the columns that have no class, and proposes one for those that need it. Nothing of what was
 * read is kept or answered. Throws `catalog_unavailable`, `conflict` where it is under way at this target already, and
 * what connecting throws.
 */
export type Discover = (target: Target, actor: Actor, input: DiscoverInput) => Promise<Discovery>;

const deadlineMs = 60_000;
const relationTimeoutMs = 5_000;
/** Relations that are looked at in one go. */
const maxRelations = 500;

type Sampled = { relation: Relation; columns: Column[] };
type Skipped = Discovery["skipped"];

export function createDiscover(
  rooms: AskingRooms & { targets: Pick<Rooms["targets"], "catalog" | "classes" | "dataClasses"> },
): Discover {
  const asking = createOwnQuestions(rooms);
  const underWay = new Set<string>();

  async function discover(target: Target, actor: Actor, { relations }: DiscoverInput): Promise<Discovery> {
    if (target.kind !== "postgres")
      throw new Refusal("target_kind", `"${target.name}" has no columns to look at.`);
    const [catalog, map, dataClasses] = await Promise.all([
      rooms.targets.catalog(target),
      rooms.targets.classes(target.name),
      rooms.targets.dataClasses(),
    ]);
    const { chosen, skipped } = choose(catalog, map, relations);
    const sampled: SampledRelation[] = [];
    const endsAt = rooms.now() + deadlineMs - relationTimeoutMs;
    const body = { relations: chosen.map(({ relation }) => nameOf(relation)) };
    const entry = { kind: "discovery.read" as const, body };
    // A disabled target keeps people out; its classes are found before it opens.
    const open = { ...target, disabled: false };
    if (chosen.length > 0)
      await asking({ purpose: "discovery", target: open, by: actor.id, entry, deadlineMs }, async (ask) => {
        for (const each of chosen) {
          const rows = rooms.now() < endsAt ? await sample(ask, each) : "There was no time left for it.";
          if (typeof rows === "string") skipped.push({ relation: nameOf(each.relation), because: rows });
          else sampled.push(withValues(each, rows));
        }
      });
    const defined = new Set(dataClasses.map(({ name }) => name));
    return {
      proposals: propose(sampled, { defined, today: new Date(rooms.now()).toISOString() }),
      relations: sampled.length,
      columns: sampled.reduce((sum, { columns }) => sum + columns.length, 0),
      skipped,
    };
  }

  return async function once(target, actor, input) {
    if (underWay.has(target.name))
      throw new Refusal("conflict", `${target.name} is being looked at already.`, {
        hint: "Wait for that to end: it takes a minute at most.",
      });
    underWay.add(target.name);
    try {
      return await discover(target, actor, input);
    } finally {
      underWay.delete(target.name);
    }
  };
}

/** A domain's values are those of the type behind it. */
const asBase = ({ name, type, typeOid, base }: Column) => ({ name, type, typeOid: base?.typeOid ?? typeOid });

const nameOf = ({ schema, name }: Relation): string => `${schema}.${name}`;

/** What holds rows of its own, with the columns that nobody has decided about and that can hold something. */
function choose(
  catalog: Catalog,
  map: ClassMap,
  asked: readonly string[] | undefined,
): { chosen: Sampled[]; skipped: Skipped } {
  const byOid = new Map(catalog.relations.map((relation) => [relation.oid, relation]));
  const skipped: Skipped = [];
  const chosen: Sampled[] = [];
  for (const relation of catalog.relations) {
    const name = nameOf(relation);
    if (asked !== undefined && !asked.includes(name)) continue;
    if (relation.kind === "foreign")
      skipped.push({ relation: name, because: "Its rows are on another server." });
    if (relation.kind !== "table" && relation.kind !== "partitioned") continue;
    const ofParents = new Set(
      relation.parents.flatMap((oid) => byOid.get(oid)?.columns.map((column) => column.name) ?? []),
    );
    const decided = (Object.hasOwn(map, name) && map[name]) || {};
    const columns = relation.columns.filter(
      (column) =>
        (column.class === undefined || column.class === undecidedClass) &&
        !Object.hasOwn(decided, column.name) &&
        !column.generated &&
        !ofParents.has(column.name) &&
        isWorthSampling(asBase(column)),
    );
    if (columns.length === 0) continue;
    if (chosen.length < maxRelations) chosen.push({ relation, columns });
    else skipped.push({ relation: name, because: `${maxRelations} relations are looked at in one go.` });
  }
  for (const name of asked ?? [])
    if (!catalog.relations.some((relation) => nameOf(relation) === name))
      skipped.push({ relation: name, because: "There is no such relation." });
  return { chosen, skipped };
}

/** Rows of a relation, or the sentence that says why there are none. Errors of the target may quote values: only their code is told. */
async function sample(ask: Ask, { relation, columns }: Sampled): Promise<Row[] | string> {
  try {
    if (isLarge(relation)) {
      const drawn = await ask(sampleText(relation, columns, true), relationTimeoutMs);
      if (drawn.length > 0) return drawn;
    }
    return await ask(sampleText(relation, columns, false), relationTimeoutMs);
  } catch (error) {
    if (error instanceof TargetFailure)
      return error.error.code === "42501"
        ? "The gateway's user at the target may not read it."
        : `The target refused to read it (SQLSTATE ${error.error.code}).`;
    if (error instanceof Refusal && error.code === "timeout") return "Reading it took too long.";
    throw error;
  }
}

const withValues = ({ relation, columns }: Sampled, rows: readonly Row[]): SampledRelation => ({
  name: nameOf(relation),
  columns: columns.map((column, i) => ({ ...asBase(column), values: rows.map((row) => row[i] ?? null) })),
});
