import { existsSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { Refusal } from "../../shared/contract/errors.ts";
import { settings } from "../../server/config/settings.ts";
import { compilePolicies } from "../../server/policy/policies.ts";
import { parseDeclaration } from "../../server/targets/declaration.ts";
import { blocksOf } from "./markdown.ts";

/** A document of the repository: its path from the root, and its text. */
export type Document = { file: string; text: string };

const lineOf = (text: string, index: number) => text.slice(0, index).split("\n").length;

/** Tests are named as `path/of.test.ts`: "title", "another title". Each must be there under that very title. */
export function missingTests(root: string, { file, text }: Document): string[] {
  const named =
    /`((?:server|shared|web|e2e|tools)\/[\w./-]+\.(?:test|spec)\.tsx?)`(?:: ((?:"[^"\n]+"(?:, )?)+))?/g;
  return [...text.matchAll(named)].flatMap((match) => {
    const [, path = "", titles = ""] = match;
    const at = `${file}:${lineOf(text, match.index)}`;
    if (!existsSync(join(root, path))) return [`${at}: there is no test file ${path}`];
    const source = readFileSync(join(root, path), "utf8");
    return [...titles.matchAll(/"([^"\n]+)"/g)]
      .filter(
        ([, title = ""]) => !['"', "'", "`"].some((quote) => source.includes(`${quote}${title}${quote}`)),
      )
      .map(([, title]) => `${at}: ${path} has no test "${title}"`);
  });
}

/** Links to other files of the repository lead somewhere. */
export function deadLinks(root: string, { file, text }: Document): string[] {
  const links = [...text.matchAll(/\]\(([^)\s]+)\)/g), ...text.matchAll(/(?:src|srcset)="([^"]+)"/g)];
  return links.flatMap((match) => {
    const [target = ""] = (match[1] ?? "").split("#");
    if (target === "" || /^[a-z]+:/.test(target)) return [];
    if (existsSync(join(root, dirname(file), target))) return [];
    return [`${file}:${lineOf(text, match.index)}: ${target} is not there`];
  });
}

/** Every block of policies is one that the gateway would take. */
export function brokenPolicies({ file, text }: Document): string[] {
  return blocksOf(text, "cedar").flatMap(({ text: policies, line }) => {
    try {
      compilePolicies(policies, 1);
      return [];
    } catch (error) {
      if (!(error instanceof Refusal)) throw error;
      return [`${file}:${line}: these policies do not compile: ${error.message}`];
    }
  });
}

/** Every declarative file that is shown can be read, and every setting that is set exists. */
export function brokenYaml({ file, text }: Document): string[] {
  return blocksOf(text, "yaml").flatMap(({ text: yaml, line }) => {
    const unknown = [...yaml.matchAll(/^([A-Z][A-Z_]+):/gm)]
      .map(([, name = ""]) => name)
      .filter(
        (name) => !Object.hasOwn(settings, name.replace(/_FILE$/, "")) && !Object.hasOwn(settings, name),
      );
    if (unknown.length > 0) return [`${file}:${line}: there are no settings ${unknown.join(", ")}`];
    if (!/^version: /m.test(yaml)) return [];
    try {
      parseDeclaration(yaml, { variables: {}, readText: (path) => `what ${path} holds` });
      return [];
    } catch (error) {
      if (!(error instanceof Refusal)) throw error;
      return [`${file}:${line}: ${error.message}`];
    }
  });
}

/** Each dependency has its line, and no line is of one that is gone. */
export function unlistedDependencies(root: string, { file, text }: Document): string[] {
  const manifest = JSON.parse(readFileSync(join(root, "package.json"), "utf8")) as {
    dependencies: Record<string, string>;
    devDependencies: Record<string, string>;
  };
  const used = Object.keys({ ...manifest.dependencies, ...manifest.devDependencies });
  const listed = [...text.matchAll(/^\| `([^`]+)`/gm)].map(([, name = ""]) => name);
  return [
    ...used.filter((name) => !listed.includes(name)).map((name) => `${file}: ${name} has no line`),
    ...listed.filter((name) => !used.includes(name)).map((name) => `${file}: ${name} is no dependency`),
  ];
}
