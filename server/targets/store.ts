import { sql, type Kysely, type Transaction } from "kysely";
import { z } from "zod";
import { ClassMap, ClassPattern, DataClass } from "../../shared/nouns/catalog.ts";
import { Target } from "../../shared/nouns/target.ts";
import type { Database } from "../db/database.ts";
import type { NoteWithin } from "../journal/append.ts";
import type { Draft } from "../journal/chain.ts";
import type { Sealed } from "../vault/vault.ts";
import { KnownRelation } from "./known-columns.ts";

type TargetTable = {
  name: string;
  kind: string;
  tags: unknown;
  address: unknown;
  username: string;
  sealed: unknown;
  revision: number;
  disabled: boolean;
  managed: boolean;
  updated_at: Date;
};
type Tables = {
  targets: TargetTable;
  target_classes: { target: string; map: unknown; managed: boolean };
  known_columns: { target: string; relation: string; oid: string; formerly: unknown; columns: unknown };
  classification: { singleton: boolean; classes: unknown; patterns: unknown; managed: boolean };
};

/** Any constant that nothing else in this database uses. */
const classesLock = 0x51_01_20;

const SealedColumn = z.object({ keyId: z.string(), nonce: z.string(), box: z.string() }).nullable();

/** A target with its sealed credential: never leaves this room. */
export type StoredTarget = { target: Target; sealed: Sealed | null };
export type StoredClasses = { map: ClassMap; managed: boolean };
export type Classification = { classes: DataClass[]; patterns: ClassPattern[]; managed: boolean };
/** What is written of a target; each member of the union for itself. */
export type TargetContent = (Target extends infer T
  ? T extends unknown
    ? Omit<T, "revision" | "updatedAt">
    : never
  : never) & { sealed: Sealed | null };

type Statements = ReturnType<typeof statements>;
/** The same inside one transaction; `note`, its last step, writes the entry of what it changes. */
export type TargetChange = Statements & { note(draft: Draft): Promise<void> };

/** Opens the tables. */
export function targetStore(database: Database, noteWithin: NoteWithin) {
  const kysely = database.kysely.withTables<Tables>();
  return {
    ...statements(kysely),
    inTransaction: <T>(work: (change: TargetChange) => Promise<T>): Promise<T> =>
      kysely
        .transaction()
        .execute((transaction) =>
          work({ ...statements(transaction), note: (draft) => noteWithin(transaction, draft) }),
        ),
  };
}

function read(row: TargetTable): StoredTarget {
  const target = Target.parse({
    name: row.name,
    kind: row.kind,
    tags: row.tags,
    address: row.address,
    user: row.username,
    revision: row.revision,
    disabled: row.disabled,
    managed: row.managed,
    updatedAt: row.updated_at.toISOString(),
  });
  return { target, sealed: SealedColumn.parse(row.sealed) };
}

function statements(store: Kysely<Tables> | Transaction<Tables>) {
  return {
    async targets(): Promise<StoredTarget[]> {
      return (await store.selectFrom("targets").selectAll().orderBy("name").execute()).map(read);
    },

    async target(name: string): Promise<StoredTarget | undefined> {
      const row = await store.selectFrom("targets").selectAll().where("name", "=", name).executeTakeFirst();
      return row === undefined ? undefined : read(row);
    },

    /** Holds the row until the transaction ends. */
    async lockTarget(name: string): Promise<StoredTarget | undefined> {
      const row = await store
        .selectFrom("targets")
        .selectAll()
        .where("name", "=", name)
        .forUpdate()
        .executeTakeFirst();
      return row === undefined ? undefined : read(row);
    },

    async saveTarget({ sealed, ...target }: TargetContent, at: Date): Promise<Target> {
      const values = {
        kind: target.kind,
        tags: JSON.stringify(target.tags),
        address: JSON.stringify(target.address),
        username: target.user,
        sealed: sealed === null ? null : JSON.stringify(sealed),
        revision: sql<number>`nextval('target_revisions')::int`,
        disabled: target.disabled,
        managed: target.managed,
        updated_at: at,
      };
      const row = await store
        .insertInto("targets")
        .values({ name: target.name, ...values })
        .onConflict((conflict) => conflict.column("name").doUpdateSet(values))
        .returningAll()
        .executeTakeFirstOrThrow();
      return read(row).target;
    },

    /** The same secret under another key: no new revision. */
    async replaceSealed(name: string, sealed: Sealed): Promise<void> {
      await store
        .updateTable("targets")
        .set({ sealed: JSON.stringify(sealed) })
        .where("name", "=", name)
        .execute();
    },

    async removeTarget(name: string): Promise<void> {
      await store.deleteFrom("targets").where("name", "=", name).execute();
    },

    /** Until the transaction ends nobody else changes classes: what a map names is not taken away meanwhile. */
    async lockClasses(): Promise<void> {
      await sql`select pg_advisory_xact_lock(${classesLock})`.execute(store);
    },

    async classMaps(): Promise<Map<string, StoredClasses>> {
      const rows = await store.selectFrom("target_classes").selectAll().execute();
      return new Map(rows.map((row) => [row.target, { map: ClassMap.parse(row.map), managed: row.managed }]));
    },

    async saveClassMap(target: string, map: ClassMap, managed: boolean): Promise<void> {
      const values = { map: JSON.stringify(map), managed };
      await store
        .insertInto("target_classes")
        .values({ target, ...values })
        .onConflict((conflict) => conflict.column("target").doUpdateSet(values))
        .execute();
    },

    /** By relation: `schema.name`. */
    async knownRelations(target: string): Promise<Map<string, KnownRelation>> {
      const rows = await store.selectFrom("known_columns").selectAll().where("target", "=", target).execute();
      return new Map(
        rows.map(({ relation, oid, ...row }) => [
          relation,
          KnownRelation.parse({ ...row, oid: Number(oid) }),
        ]),
      );
    },

    /** Adds columns to what is known of a relation; one that is named again takes its new type. */
    async learn(target: string, relations: ReadonlyMap<string, KnownRelation>): Promise<void> {
      if (relations.size === 0) return;
      await sql`
        insert into known_columns (target, relation, oid, formerly, columns)
        select ${target}, key, (value->>'oid')::bigint, value->'formerly', value->'columns'
          from jsonb_each(${JSON.stringify(Object.fromEntries(relations))}::jsonb)
        on conflict (target, relation) do update
          set oid = excluded.oid, columns = known_columns.columns || excluded.columns`.execute(store);
    },

    async classification(): Promise<Classification> {
      const row = await store.selectFrom("classification").selectAll().executeTakeFirst();
      if (row === undefined) return { classes: [], patterns: [], managed: false };
      return {
        classes: z.array(DataClass).parse(row.classes),
        patterns: z.array(ClassPattern).parse(row.patterns),
        managed: row.managed,
      };
    },

    async saveClassification({ classes, patterns, managed }: Classification): Promise<void> {
      const values = { classes: JSON.stringify(classes), patterns: JSON.stringify(patterns), managed };
      await store
        .insertInto("classification")
        .values({ singleton: true, ...values })
        .onConflict((conflict) => conflict.column("singleton").doUpdateSet(values))
        .execute();
    },
  };
}
