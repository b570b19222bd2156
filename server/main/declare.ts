import { readFileSync } from "node:fs";
import { basename, dirname, resolve } from "node:path";
import { byDeclaration } from "../policy/store.ts";
import { applyDeclaration, type ApplyProblem } from "../targets/apply.ts";
import { parseDeclaration } from "../targets/declaration.ts";
import type { Foundation } from "./foundation.ts";

/** A declarative file, and the values of what it refers to. */
export type DeclarationSource = { file: string; variables: Readonly<Record<string, string | undefined>> };

type Stores = Pick<Foundation, "targets" | "policies">;

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
  const { targets, policies } = stores;
  const comment = `From ${basename(source.file)}`;
  const putPolicies = (text: string) => policies.put(text, { by: byDeclaration, comment, managed });
  return applyDeclaration(read(source), { targets, putPolicies, managed: { managed } });
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
