import { canonicalJson } from "../../shared/canonical.ts";
import { Refusal } from "../../shared/contract/errors.ts";
import type { Declaration } from "./declaration.ts";
import { addressOf } from "./addresses.ts";
import type { Targets } from "./targets.ts";

/** A part that could not be applied. The rest was. */
export type ApplyProblem = { part: string; refusal: Refusal };

const isSame = (a: unknown, b: unknown) => canonicalJson(a) === canonicalJson(b);

/**
 * Makes the stores say what a declaration says; a second time changes nothing. What it names is managed by it. A
 * target that it does not name any more is handed over to the portal, disabled. A target that is new or moved stays
 * disabled until its classes were checked against its catalog: it never stands open unmasked.
 *
 * Classes and policies that do not validate throw, before any target is touched; what one target refuses comes back.
 */
export async function applyDeclaration(
  declaration: Declaration,
  {
    targets,
    putPolicies,
    managed = { managed: true },
  }: {
    targets: Targets;
    putPolicies: (text: string) => Promise<unknown>;
    /** False: what it names is put there once and belongs to the portal from then on. */
    managed?: { managed: boolean };
  },
): Promise<ApplyProblem[]> {
  const problems: ApplyProblem[] = [];
  const attempt = async (part: string, work: () => Promise<unknown>) => {
    try {
      await work();
    } catch (error) {
      if (!(error instanceof Refusal)) throw error;
      problems.push({ part, refusal: error });
    }
  };
  const classes = declaration.classes ?? (await targets.dataClasses());
  const patterns = declaration.patterns ?? (await targets.patterns());
  const declared = new Set(classes.map(({ name }) => name));
  const leaving = (await targets.dataClasses()).filter(({ name }) => !declared.has(name));
  const managesClasses = declaration.classes !== undefined || declaration.patterns !== undefined;

  // Classes that go may still be used by targets until these are applied.
  if (managesClasses) await targets.setDataClasses([...classes, ...leaving], patterns, managed);
  if (declaration.policies !== undefined) await putPolicies(declaration.policies);
  for (const target of declaration.targets)
    await attempt(`target ${target.name}`, () => applyTarget(target, targets, managed));
  const named = new Set(declaration.targets.map(({ name }) => name));
  for (const { name, managed } of await targets.list())
    if (managed && !named.has(name)) await targets.release(name);
  if (managesClasses && leaving.length > 0)
    await attempt("classes", () => targets.setDataClasses(classes, patterns, managed));
  return problems;
}

async function applyTarget(
  { name, input, classes }: Declaration["targets"][number],
  targets: Targets,
  managed: { managed: boolean },
): Promise<void> {
  const before = await targets.get(name);
  const stays =
    before !== undefined &&
    !before.disabled &&
    isSame({ kind: before.kind, address: before.address }, addressOf(input));
  // Names that fitted where it was may fit nothing where it is.
  const anew = classes !== undefined && !stays && !input.disabled;
  await targets.put(name, anew ? { ...input, disabled: true } : input, managed);
  if (classes !== undefined) await targets.setClasses(name, classes, managed, { anew });
  if (anew) await targets.put(name, input, managed);
}
