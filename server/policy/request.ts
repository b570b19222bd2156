import type { EntityJson } from "@cedar-policy/cedar-wasm/nodejs";
import type { Actor } from "../../shared/nouns/actor.ts";
import type { Facts } from "../../shared/nouns/facts.ts";
import type { Target } from "../../shared/nouns/target.ts";
import type { Question } from "./engine.ts";

type Who = { actor: Actor; target: Target };

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
function factsContext(facts: Facts) {
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
  };
}

const clock = (now: number) => ({ __extn: { fn: "datetime", arg: new Date(now).toISOString() } });
const action = (id: string) => ({ type: "Action", id });
const principal = ({ actor }: Who) => ({ type: "Actor", id: actor.id });
const targetUid = ({ target }: Who) => ({ type: "Target", id: target.name });

/** May they do these things at the target? One question per action: each must find its own permit. */
export function actionQuestions(
  who: Who,
  facts: Facts,
  now: number,
): { action: string; question: Question }[] {
  const context = { facts: factsContext(facts), now: clock(now) };
  const shared = { principal: principal(who), resource: targetUid(who), context, entities: entities(who) };
  return facts.actions.map((name) => ({ action: name, question: { ...shared, action: action(name) } }));
}

/** May they see this class of data in clear, in this command? */
export function unmaskQuestion(who: Who, facts: Facts, dataClass: string, now: number): Question {
  return {
    principal: principal(who),
    action: action("unmask"),
    resource: { type: "DataClass", id: dataClass },
    context: { target: { __entity: targetUid(who) }, facts: factsContext(facts), now: clock(now) },
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
