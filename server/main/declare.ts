import { readFileSync } from "node:fs";
import { basename, dirname, resolve } from "node:path";
import { applyDeclaration, type ApplyProblem } from "../targets/apply.ts";
import { parseDeclaration } from "../targets/declaration.ts";
import type { Foundation } from "./foundation.ts";

/** A declarative file, and the values of what it refers to. */
export type DeclarationSource = { file: string; variables: Readonly<Record<string, string | undefined>> };

type Stores = Pick<Foundation, "targets" | "policies" | "journal">;

const read = ({ file, variables }: DeclarationSource) => {
  const readText = (path: string) => readFileSync(resolve(dirname(file), path), "utf8");
  return parseDeclaration(readText(file), { variables, readText });
};

/** Makes the stores say what the file says; what it names is read-only in the portal. Throws `invalid`, `policy_invalid`. */
export async function declare(
  source: DeclarationSource,
  stores: Stores,
  managed = true,
): Promise<ApplyProblem[]> {
  const { targets, policies, journal } = stores;
  const putPolicies = async (text: string) => {
    const before = (await policies.latest())?.version;
    const { version } = await policies.put(text, {
      by: "declaration",
      comment: `From ${basename(source.file)}`,
      managed,
    });
    if (version !== before)
      await journal.note({
        kind: "policy.changed",
        actor: null,
        session: null,
        command: null,
        body: { version, by: "declaration" },
      });
  };
  const before = new Map((await targets.list()).map((target) => [target.name, target.revision]));
  const declaration = read(source);
  const problems = await applyDeclaration(declaration, { targets, putPolicies, managed: { managed } });
  for (const { name, revision, tags } of await targets.list())
    if (before.get(name) !== revision)
      await journal.note({
        kind: "target.changed",
        actor: null,
        session: null,
        command: null,
        body: { target: name, revision, tags, by: "declaration" },
      });
  return problems;
}

/**
 * The demo's file is put there once, and belongs to the portal from then on: people may change what it brought. Only
 * where its database listens is told anew at each start.
 */
export async function declareDemo(source: DeclarationSource, stores: Stores): Promise<ApplyProblem[]> {
  const { targets, policies } = stores;
  if ((await policies.latest()) === undefined) return declare(source, stores, false);
  for (const { name, input } of read(source).targets) {
    const target = await targets.get(name);
    if (target)
      await targets.put(name, { ...input, tags: target.tags, disabled: target.disabled }, { managed: false });
  }
  return [];
}
