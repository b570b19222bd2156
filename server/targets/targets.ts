import { canonicalJson } from "../../shared/canonical.ts";
import { Refusal } from "../../shared/contract/errors.ts";
import { TargetName, type ActorId } from "../../shared/ids.ts";
import type { Catalog, ClassMap, ClassPattern, DataClass } from "../../shared/nouns/catalog.ts";
import type { Drift, NewColumns } from "../../shared/nouns/discovery.ts";
import type { PostgresTarget, Target, TargetInput } from "../../shared/nouns/target.ts";
import type { Database } from "../db/database.ts";
import type { Notifier } from "../db/notify.ts";
import type { NoteWithin } from "../journal/append.ts";
import type { Draft } from "../journal/chain.ts";
import type { RawCatalog } from "../protocols/postgres/catalog/raw-catalog.ts";
import type { Sealed, Vault } from "../vault/vault.ts";
import { addressOf, secretGoesTo, secretOf } from "./addresses.ts";
import { createCatalogs, type Classify } from "./catalogs.ts";
import { checkClassification, checkClassMap } from "./classes.ts";
import { driftOf } from "./drift.ts";
import { appearedIn, decidedBy, seenIn } from "./known-columns.ts";
import { targetStore, type StoredTarget } from "./store.ts";

/**
 * Who changes: the declarative file (`managed`), somebody in the portal, or the gateway itself. What the file manages
 * only it changes.
 */
type By = { managed: boolean; actor?: ActorId };

/**
 * The registry of what can be reached, with the classes of data there. Each change is there with its entry in the ledger,
 * or not at all: whatever changes something throws `journal_unavailable` too.
 */
export type Targets = {
  /** `fresh`: as the store has them now, for this look and those that follow. */
  list(fresh?: boolean): Promise<Target[]>;
  get(name: string): Promise<Target | undefined>;
  /**
   * Creates or replaces. Without a password the sealed one stays; where the address or the user changes it has to be
   * given again, so that it is never sent to a server that it was not entered for. The revision grows only where
   * something changed. Throws `managed`, `invalid`.
   */
  put(name: string, input: TargetInput, by: By): Promise<Target>;
  /** Removes it with its classes. Throws `not_found`, `managed`. */
  remove(name: string, by: By): Promise<void>;
  /** Hands a target that the file no longer names over to the portal, disabled. */
  release(name: string): Promise<void>;
  /**
   * The sealed credential, for the vault. With `revision`, only while the target is still at it, so that a new server's
   * password never goes to the old one. Throws `not_found`, `conflict`.
   */
  sealed(name: string, revision?: number): Promise<Sealed | null>;
  /** Seals every credential with the vault's first key; how many changed. */
  reseal(): Promise<number>;
  /** With effective classes. Throws `catalog_unavailable` and what connecting throws. */
  catalog(target: Target): Promise<Catalog>;
  /** Reads the catalog again, here and in the other processes. */
  refresh(target: Target): Promise<Catalog>;
  classes(name: string): Promise<ClassMap>;
  /** Columns that came since somebody decided about their relation, and decisions whose column is gone. Throws as `catalog`. */
  drift(target: Target): Promise<Drift>;
  /** Replaces the whole map; what it names is decided. `anew`: all of it has to be there, also what is in force. Throws `not_found`, `managed`, `classes_invalid`, `conflict`; `catalog_unavailable` where it cannot be checked. */
  setClasses(name: string, map: ClassMap, by: By, check?: { anew?: boolean }): Promise<void>;
  dataClasses(): Promise<DataClass[]>;
  patterns(): Promise<ClassPattern[]>;
  /** Replaces both. Throws `managed`, `classes_invalid`. */
  setDataClasses(classes: DataClass[], patterns: ClassPattern[], by: By): Promise<void>;
  close(): void;
};

/** A lost notification makes another process act on what it remembers for at most this long. */
const rememberMs = 900;
const noClasses: ClassMap = {};

/** `target` of the event that says that classes of data changed: it concerns all targets. */
const allTargets = "*";

const isSame = (a: unknown, b: unknown) => canonicalJson(a) === canonicalJson(b);

const managedBy = (what: string) =>
  new Refusal("managed", `${what} by the gateway's declarative file.`, {
    hint: "Change the file and apply it.",
  });

export function createTargets({
  database,
  notifier,
  noteWithin,
  now,
  vault,
  readCatalog,
  classifyRaw,
  newColumns = "hold",
}: {
  database: Database;
  notifier: Notifier;
  noteWithin: NoteWithin;
  now: () => number;
  vault: Pick<Vault, "seal" | "matches" | "needsReseal" | "reseal">;
  /** Reads a target's catalog; given by main, for it takes a Permit and the vault. */
  readCatalog: (target: PostgresTarget) => Promise<RawCatalog>;
  classifyRaw: Classify;
  /** `hold`: a column that appears beside classified ones is redacted until somebody decides. */
  newColumns?: NewColumns;
}): Targets {
  const store = targetStore(database, noteWithin);
  // A disabled target keeps people out; the gateway itself looks at it to check its classes.
  const find = async (target: Target) => {
    if (target.kind !== "postgres")
      throw new Refusal("target_kind", `"${target.name}" has no schema to read.`);
    const raw = await readCatalog({ ...target, disabled: false });
    const known = await store.knownRelations(target.name);
    const seen = seenIn(raw, known);
    await store.learn(target.name, seen);
    return { raw, appeared: appearedIn(raw, new Map([...seen, ...known])) };
  };
  const catalogs = createCatalogs({
    find,
    classifyRaw: (raw, map, patterns, appeared) =>
      classifyRaw(raw, map, patterns, newColumns === "hold" ? appeared : new Map()),
    now,
  });

  const load = async () => {
    const [stored, maps, classification] = await Promise.all([
      store.targets(),
      store.classMaps(),
      store.classification(),
    ]);
    return {
      targets: new Map(stored.map(({ target }) => [target.name as string, target])),
      maps,
      classification,
    };
  };
  let remembered: { value: ReturnType<typeof load>; until: number } | undefined;

  /** Everything but secrets: small, read at every command, changed rarely. */
  const registry = (): ReturnType<typeof load> => {
    if (remembered === undefined || now() >= remembered.until) {
      const entry = { value: load(), until: now() + rememberMs };
      entry.value.catch(() => {
        if (remembered === entry) remembered = undefined;
      });
      remembered = entry;
    }
    return remembered.value;
  };

  const unsubscribe = notifier.subscribe((event) => {
    if (event.type !== "targets.changed") return;
    remembered = undefined;
    if (event.target !== allTargets) catalogs.forget(event.target);
  });
  const changed = (target: string) => notifier.publish({ type: "targets.changed", target });

  const known = async (name: string): Promise<Target> => {
    const target = (await registry()).targets.get(name);
    if (target === undefined) throw new Refusal("not_found", "There is no such target.");
    return target;
  };

  const catalog = async (target: Target) => {
    const { maps, classification } = await registry();
    return catalogs.classified(target, {
      map: maps.get(target.name)?.map ?? noClasses,
      patterns: classification.patterns,
    });
  };

  return {
    async list(fresh = false) {
      if (fresh) remembered = undefined;
      return [...(await registry()).targets.values()];
    },
    get: async (name) => (await registry()).targets.get(name),

    async put(name, input, by) {
      const { managed } = by;
      const place = addressOf(input);
      const saved = await store.inTransaction(async (transaction) => {
        const old = await transaction.lockTarget(name);
        if (old?.target.managed === true && !managed) throw managedBy(`"${name}" is managed`);
        const content = {
          name: TargetName.parse(name),
          ...place,
          tags: input.tags,
          user: input.user,
          disabled: input.disabled,
          managed,
        };
        const sealed = sealedFor(name, input, content, old, vault);
        if (old !== undefined) {
          const { revision: _revision, updatedAt: _updatedAt, ...before } = old.target;
          if (isSame([before, old.sealed], [content, sealed])) return undefined;
        }
        const target = await transaction.saveTarget({ ...content, sealed }, new Date(now()));
        const credential = !isSame(old?.sealed ?? null, sealed);
        await transaction.note(entryOf("target.changed", by, { ...told(target), credential }));
        return target;
      });
      if (saved === undefined) return known(name);
      await changed(name);
      return saved;
    },

    async remove(name, by) {
      await store.inTransaction(async (transaction) => {
        const old = await transaction.lockTarget(name);
        if (old === undefined) throw new Refusal("not_found", "There is no such target.");
        if (old.target.managed && !by.managed) throw managedBy(`"${name}" is managed`);
        await transaction.removeTarget(name);
        await transaction.note(entryOf("target.changed", by, { target: name, removed: true }));
      });
      await changed(name);
    },

    async release(name) {
      await store.inTransaction(async (transaction) => {
        const old = await transaction.lockTarget(name);
        if (old === undefined) return;
        const map = (await transaction.classMaps()).get(name)?.map;
        if (map !== undefined) await transaction.saveClassMap(name, map, false);
        const released = await transaction.saveTarget(
          { ...old.target, sealed: old.sealed, managed: false, disabled: true },
          new Date(now()),
        );
        const by = { managed: true };
        await transaction.note(entryOf("target.changed", by, { ...told(released), credential: false }));
      });
      await changed(name);
    },

    async sealed(name, revision) {
      const stored = await store.target(name);
      if (stored === undefined) throw new Refusal("not_found", "There is no such target.");
      if (revision !== undefined && revision !== stored.target.revision)
        throw new Refusal("conflict", `"${name}" has just been changed.`, { hint: "Try again." });
      return stored.sealed;
    },

    async reseal() {
      return store.inTransaction(async (transaction) => {
        const stale = (await transaction.targets()).flatMap(({ target, sealed }) =>
          sealed !== null && vault.needsReseal(sealed) ? [{ name: target.name, sealed }] : [],
        );
        for (const { name } of stale) {
          const sealed = (await transaction.lockTarget(name))?.sealed;
          if (sealed) await transaction.replaceSealed(name, vault.reseal(name, sealed));
        }
        return stale.length;
      });
    },

    catalog,
    async refresh(target) {
      catalogs.forget(target.name);
      await changed(target.name);
      return catalog(target);
    },

    async drift(target) {
      const { raw, appeared } = await catalogs.found(target);
      const map = (await registry()).maps.get(target.name)?.map ?? {};
      return driftOf({ raw, appeared, catalog: await catalog(target), map, newColumns });
    },

    classes: async (name) => (await registry()).maps.get((await known(name)).name)?.map ?? {},

    async setClasses(name, map, by, { anew = false } = {}) {
      const { managed } = by;
      const target = await known(name);
      const before = (await store.classMaps()).get(name);
      if (before?.managed === true && !managed) throw managedBy(`The classes of "${name}" are managed`);
      if (!anew && before !== undefined && isSame(before, { map, managed })) return;
      const changes = !isSame(before?.map ?? {}, map);
      const looks = changes || (anew && !isSame(map, noClasses));
      const { raw } = looks ? await catalogs.found(target) : { raw: undefined };
      const classified = raw && (await catalog(target));
      await store.inTransaction(async (transaction) => {
        await transaction.lockClasses();
        const old = (await transaction.classMaps()).get(name);
        const isOld = old !== undefined && isSame(old, { map, managed });
        if (!anew && isOld) return;
        if (!isSame(old ?? null, before ?? null))
          throw new Refusal("conflict", `The classes of "${name}" have just been changed.`, {
            hint: "Read them, and put your change on top.",
          });
        const inForce = anew ? noClasses : (old?.map ?? noClasses);
        if (raw) checkClassMap(map, raw, (await transaction.classification()).classes, inForce);
        if (raw && classified) await transaction.learn(name, decidedBy(map, raw, classified));
        if (isOld) return;
        await transaction.saveClassMap(name, map, managed);
        await transaction.note(entryOf("classes.changed", by, { target: name, classes: map, managed }));
      });
      await changed(name);
    },

    dataClasses: async () => (await registry()).classification.classes,
    patterns: async () => (await registry()).classification.patterns,

    async setDataClasses(classes, patterns, by) {
      const { managed } = by;
      const changes = await store.inTransaction(async (transaction) => {
        await transaction.lockClasses();
        const old = await transaction.classification();
        if (old.managed && !managed) throw managedBy("The classes of data are managed");
        if (isSame(old, { classes, patterns, managed })) return false;
        const maps = await transaction.classMaps();
        checkClassification(classes, patterns, new Map([...maps].map(([name, { map }]) => [name, map])));
        await transaction.saveClassification({ classes, patterns, managed });
        await transaction.note(entryOf("classes.changed", by, { classes, patterns, managed }));
        return true;
      });
      if (changes) await changed(allTargets);
    },

    close: unsubscribe,
  };
}

const entryOf = (
  kind: "target.changed" | "classes.changed",
  { managed, actor }: By,
  body: Draft["body"],
): Draft => ({
  kind,
  actor: actor ?? null,
  session: null,
  command: null,
  body: { ...body, ...(managed && { by: "declaration" }) },
});

/** What the ledger says of a target: all that it is, and none of its secrets. */
const told = ({ name, kind, revision, tags, address, user, disabled, managed }: Target) => ({
  target: name,
  ...{ kind, revision, tags, address, user, disabled, managed },
});

function sealedFor(
  name: string,
  input: TargetInput,
  content: Parameters<typeof secretGoesTo>[0],
  old: StoredTarget | undefined,
  vault: Pick<Vault, "seal" | "matches">,
): Sealed | null {
  const secret = secretOf(input);
  if (secret !== undefined) {
    const isOld = old?.sealed && vault.matches(name, old.sealed, secret);
    return isOld ? old.sealed : vault.seal(name, secret);
  }
  if (!old?.sealed) return null;
  if (secretGoesTo(old.target) !== secretGoesTo(content))
    throw new Refusal(
      "invalid",
      "The credential has to be entered again where the address, its keys or the user change.",
      { hint: "A sealed credential is only ever sent to where it was entered for." },
    );
  return old.sealed;
}
