import type { Step } from "./json-paths.ts";
import { list, names, open, part, word } from "./tree.ts";

/** What an expression takes out of a document by constant steps; `isTaken`: as a text, or cast to another type. */
export type DocumentPlace = { document: unknown; steps: Step[]; isTaken: boolean };

/**
 * Reads `document -> 'a' ->> 0`, `document #>> '{a,b}'` and `document['a']`, with casts of what comes out, down to the
 * first expression that is none of these. Undefined where it is one already, where a step is not constant, and where a
 * document that stood in a text is taken apart: the masks of the outer one would have hidden that.
 */
export function placeIn(expression: unknown): DocumentPlace | undefined {
  const opened = open(expression);
  if (opened === undefined) return undefined;
  const { kind, body } = opened;
  if (kind === "TypeCast") return within(body["arg"], [], true);
  if (kind === "A_Indirection") {
    const steps = list(body, "indirection").map((each) => {
      const index = open(each);
      return index?.kind === "A_Indices" && index.body["is_slice"] !== true
        ? stepOf(index.body["uidx"])
        : undefined;
    });
    return isWhole(steps) ? within(body["arg"], steps, false) : undefined;
  }
  if (kind !== "A_Expr" || body["kind"] !== "AEXPR_OP") return undefined;
  const [operator, schema = "pg_catalog"] = names(list(body, "name")).toReversed();
  if (schema !== "pg_catalog") return undefined;
  if (operator === "->" || operator === "->>") {
    const step = stepOf(body["rexpr"]);
    return step === undefined ? undefined : within(body["lexpr"], [step], operator === "->>");
  }
  const steps = operator === "#>" || operator === "#>>" ? stepsOf(body["rexpr"]) : undefined;
  return steps && within(body["lexpr"], steps, operator === "#>>");
}

function within(document: unknown, steps: Step[], isTaken: boolean): DocumentPlace | undefined {
  const outer = placeIn(document);
  if (outer === undefined) return { document, steps, isTaken };
  if (outer.isTaken && steps.length > 0) return undefined;
  return { ...outer, steps: [...outer.steps, ...steps], isTaken: isTaken || outer.isTaken };
}

const isWhole = (steps: (Step | undefined)[]): steps is Step[] => steps.every((step) => step !== undefined);

/** A constant key or number; a key of another type than text would be taken by another operator. */
function stepOf(value: unknown): Step | undefined {
  const opened = open(value);
  if (opened?.kind === "TypeCast") {
    const type = names(list(part(opened.body, "typeName"), "names")).at(-1);
    return type === "text" || type === "int4" ? stepOf(opened.body["arg"]) : undefined;
  }
  if (opened?.kind !== "A_Const" || opened.body["isnull"] === true) return undefined;
  const number = opened.body["ival"];
  // The tree leaves a zero out.
  if (typeof number === "object" && number !== null) return numberIn(part(opened.body, "ival")["ival"]);
  return word(part(opened.body, "sval"), "sval");
}
const numberIn = (value: unknown): number => (typeof value === "number" ? value : 0);

/** `'{a,b}'`, plain enough to be read, or `ARRAY['a', 'b']`. */
function stepsOf(value: unknown): Step[] | undefined {
  const opened = open(value);
  if (opened?.kind === "TypeCast") return stepsOf(opened.body["arg"]);
  if (opened?.kind === "A_ArrayExpr") {
    const steps = list(opened.body, "elements").map(stepOf);
    return isWhole(steps) ? steps : undefined;
  }
  const path = /^\{([^{}"\\\s]+)\}$/.exec(word(part(opened?.body ?? {}, "sval"), "sval") ?? "")?.[1];
  return path?.split(",");
}
