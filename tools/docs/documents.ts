import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { endpoints, shapes } from "./api.ts";
import {
  brokenPolicies,
  brokenYaml,
  deadLinks,
  missingTests,
  unlistedDependencies,
  type Document,
} from "./claims.ts";
import { errorsTable } from "./errors.ts";
import { actionsTable, contextTable, factsTable, shellActionsTable, shellFactsTable } from "./facts.ts";
import { replacePart } from "./markdown.ts";
import { settingsTable } from "./settings.ts";

export const root = fileURLToPath(new URL("../..", import.meta.url));

/** Which parts of which document are generated, and from what. */
const parts: Record<string, Record<string, () => string>> = {
  "docs/OPERATING.md": { settings: settingsTable },
  "docs/POLICIES.md": {
    context: contextTable,
    facts: factsTable,
    actions: actionsTable,
    "shell-facts": shellFactsTable,
    "shell-actions": shellActionsTable,
  },
  "docs/API.md": { endpoints, shapes, errors: errorsTable },
};

const read = (file: string): Document => ({ file, text: readFileSync(join(root, file), "utf8") });

/** Everything that people read: the top of the repository, docs/ and its decisions. */
function documents(): Document[] {
  const inFolder = (folder: string) =>
    readdirSync(join(root, folder))
      .filter((name) => name.endsWith(".md"))
      .map((name) => join(folder, name));
  return ["README.md", "CHANGELOG.md", ...inFolder("docs"), ...inFolder("docs/adr")].map(read);
}

/** Documents with generated parts as they should stand. */
export function generated(): (Document & { stale: boolean })[] {
  return Object.entries(parts)
    .filter(([file]) => existsSync(join(root, file)))
    .map(([file, makers]) => {
      const { text: before } = read(file);
      const text = Object.entries(makers).reduce((so, [name, make]) => replacePart(so, name, make()), before);
      return { file, text, stale: text !== before };
    });
}

/** Everything that a document says and that does not hold. */
export function problems(): string[] {
  const missing = Object.keys(parts).filter((file) => !existsSync(join(root, file)));
  return [
    ...missing.map((file) => `${file} is missing`),
    ...generated().flatMap(({ file, stale }) =>
      stale ? [`${file} is stale: run node tools/docs.mjs and commit what it writes`] : [],
    ),
    ...documents().flatMap((document) => [
      ...missingTests(root, document),
      ...deadLinks(root, document),
      ...brokenPolicies(document),
      ...brokenYaml(document),
    ]),
    ...unlistedDependencies(root, read("docs/DEPENDENCIES.md")),
  ];
}
