import type { PathUse, ShellAction, ShellFacts } from "../../../../shared/nouns/facts.ts";
import { isDevice, isHistoryFile, isLog, isProcessInside, persistenceAt, secretsAt } from "./paths.ts";

/** One thing asked of a host's files. `path` is absolute: what the host calls it, where that could be asked. */
export type FileUse =
  | { file: "list"; path: string }
  | { file: "download"; path: string; binary: boolean }
  | { file: "upload"; path: string; bytes: number; replaces: boolean };

/** Where the host's own programs and settings live. */
const systemFile = /^\/(etc|boot|usr|lib|bin|sbin)\//;

/** What a file command means, in the terms of a shell command: so one policy speaks of both. Pure. */
export function describeFile(use: FileUse): ShellFacts {
  // A name may hold a line break, where the patterns that know paths end: it stands for any other letter there.
  const path = use.path.replace(/[\p{Cc}\u2028\u2029]/gu, "_");
  const uploads = use.file === "upload";
  const named: PathUse[] = [{ path: use.path, recursive: false, forced: false }];
  const secrets = use.file === "download" ? secretsAt(path, false) : [];
  const persistence = uploads ? persistenceAt(path, false) : [];
  const tampers = isProcessInside(path) ? ["process memory"] : [];
  const effects = uploads ? effectsAt(path, use.replaces) : [];
  return {
    kind: "shell",
    actions: actionsOf(use, tampers.length > 0),
    writes: uploads || tampers.length > 0,
    commands: 1,
    programs: [],
    wrappers: [],
    reads: uploads ? [] : named,
    changes: uploads ? named : [],
    deletes: [],
    network: [],
    secrets,
    persistence,
    effects,
    opensInterpreter: false,
    runsScript: false,
    scripts: [],
    opaque: false,
    opaqueReasons: [],
    tampers,
    summary: [
      sentence(use),
      ...(secrets.length > 0 ? [`reads secrets (${secrets.join(", ")})`] : []),
      ...(persistence.length > 0 ? [`stays by ${persistence.join(", ")}`] : []),
    ].join("; "),
    subject: `${use.file} ${spoken(use.path)}`,
  };
}

function actionsOf(use: FileUse, tampers: boolean): ShellAction[] {
  const actions: ShellAction[] = [`file.${use.file}`];
  if (use.file === "download" && use.binary) actions.push("file.binary");
  if (tampers) actions.push("shell.tamper");
  return actions.sort();
}

function effectsAt(path: string, replaces: boolean): string[] {
  return [
    ...(isDevice(path) ? ["disk"] : []),
    ...(isHistoryFile(path) ? ["history"] : []),
    ...(isLog(path) ? ["logs"] : []),
    ...(replaces && systemFile.test(path) ? ["truncate"] : []),
  ];
}

function sentence(use: FileUse): string {
  const path = spoken(use.path);
  if (use.file === "list") return `lists ${path}`;
  if (use.file === "download") return `downloads ${path}${use.binary ? " as its bytes are, unmasked" : ""}`;
  return `uploads ${use.bytes} bytes to ${path}${use.replaces ? ", in place of what is there" : ""}`;
}

/** A path as it is read by people: in quotes where something in it could be taken for the end of it. */
export const spoken = (path: string): string =>
  /^[\w./~@%+=:,-]+$/.test(path) ? path : JSON.stringify(path);
