import type { EntityJson } from "@cedar-policy/cedar-wasm/nodejs";
import type { Actor } from "../../shared/nouns/actor.ts";
import type { Facts, ShellFacts, SqlFacts } from "../../shared/nouns/facts.ts";
import type { Session } from "../../shared/nouns/session.ts";
import type { Target } from "../../shared/nouns/target.ts";
import type { Question } from "./engine.ts";

type Who = { actor: Actor; target: Target };

/** What a command is decided by beside who asks for it. */
export type Circumstances = {
  facts: Facts;
  /** Milliseconds since 1970. */
  now: number;
  /** Whose command it is; without one (a dry run) it is asked as if in one that was opened just now, for no reason. */
  session: Pick<Session, "reason" | "openedAt"> | undefined;
  /** Hidden values that the actor has looked for in the last hour, with this command's; 0 where it looks for none. */
  recentLookups: number;
};

/** The entities that a question speaks of: the actor in their groups, the target in its tags. */
function entities({ actor, target }: Who): EntityJson[] {
  const { id, kind, issuer, roles, tenant } = actor;
  return [
    {
      uid: { type: "Actor", id },
      attrs: { kind, issuer, roles, ...(tenant === undefined ? {} : { tenant }) },
      parents: actor.groups.map((group) => ({ type: "Group", id: group })),
    },
    {
      uid: { type: "Target", id: target.name },
      attrs: { kind: target.kind },
      parents: Object.entries(target.tags).map(([key, value]) => ({ type: "Tag", id: `${key}=${value}` })),
    },
  ];
}

const unique = (names: readonly string[]) => [...new Set(names)];

/** Facts in the schema's terms: names as sets. */
function sqlFacts(facts: SqlFacts) {
  return {
    statements: facts.statements,
    parameters: facts.parameters,
    actions: facts.actions,
    writes: facts.writes,
    bounded: facts.bounded,
    opaque: facts.opaque,
    bulk: facts.bulk,
    reads: unique(facts.reads.map((use) => use.relation)),
    changes: unique(facts.changes.map((use) => use.relation)),
    functions: unique(facts.functions.map((use) => use.name)),
    definerFunctions: unique(facts.functions.filter((use) => use.definer).map((use) => use.name)),
    classes: facts.classes,
    classesChanged: facts.classesChanged,
    classesLookedUp: unique(facts.lookups.map((lookup) => lookup.class)),
    effects: facts.effects,
    sessionChanges: facts.sessionChanges,
    outsideTransaction: facts.outsideTransaction,
  };
}

function shellFacts(facts: ShellFacts) {
  const { commands, actions, writes, programs, wrappers, secrets, persistence, effects, tampers } = facts;
  const { opensInterpreter, runsScript, opaque } = facts;
  const paths = (uses: ShellFacts["reads"]) => unique(uses.map(({ path }) => path));
  return {
    ...{ commands, actions, writes, programs, wrappers, secrets, persistence, effects, tampers },
    ...{ opensInterpreter, runsScript, opaque },
    reads: paths(facts.reads),
    changes: paths(facts.changes),
    deletes: paths(facts.deletes),
    deletesRecursively: paths(facts.deletes.filter(({ recursive }) => recursive)),
    network: unique(facts.network.map(({ direction }) => direction)),
    hosts: unique(facts.network.map(({ host }) => host).filter((host) => host !== "")),
  };
}

function contextOf({ facts, now, session, recentLookups }: Circumstances) {
  const openedAt = session === undefined ? now : Date.parse(session.openedAt);
  return {
    ...(facts.kind === "sql" ? { facts: sqlFacts(facts), recentLookups } : { facts: shellFacts(facts) }),
    now: { __extn: { fn: "datetime", arg: new Date(now).toISOString() } },
    reason: session?.reason ?? "",
    sessionAgeSeconds: Math.max(0, Math.floor((now - openedAt) / 1000)),
  };
}

const action = (id: string) => ({ type: "Action", id });
const principal = ({ actor }: Who) => ({ type: "Actor", id: actor.id });
const targetUid = ({ target }: Who) => ({ type: "Target", id: target.name });

/** May they do these things at the target? One question per action: each must find its own permit. */
export function actionQuestions(
  who: Who,
  circumstances: Circumstances,
): { action: string; question: Question }[] {
  const context = contextOf(circumstances);
  const shared = { principal: principal(who), resource: targetUid(who), context, entities: entities(who) };
  return circumstances.facts.actions.map((name) => ({
    action: name,
    question: { ...shared, action: action(name) },
  }));
}

/** May they see this class of data in clear, in this command? */
export function unmaskQuestion(who: Who, circumstances: Circumstances, dataClass: string): Question {
  return {
    principal: principal(who),
    action: action("unmask"),
    resource: { type: "DataClass", id: dataClass },
    context: { target: { __entity: targetUid(who) }, ...contextOf(circumstances) },
    entities: entities(who),
  };
}

/** May they open a session? */
export function openQuestion(who: Who): Question {
  return {
    principal: principal(who),
    action: action("session.open"),
    resource: targetUid(who),
    context: {},
    entities: entities(who),
  };
}
