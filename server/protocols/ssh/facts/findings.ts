import type { NetworkUse, PathUse, ShellAction } from "../../../../shared/nouns/facts.ts";
import type { Dialect, ScriptUse, ShellWords } from "./meaning.ts";
import type { Operand } from "./operand.ts";
import {
  isBroad,
  isDevice,
  isEverythingHere,
  isHistoryFile,
  isLog,
  isMetadataHost,
  isProcessInside,
  isSink,
  isTerminal,
  normalPath,
  persistenceAt,
  secretsAt,
  secretsBelow,
} from "./paths.ts";

/** What a program adds to the facts without regard to its operands. */
export type Mark = {
  effects?: readonly string[];
  secrets?: readonly string[];
  persistence?: readonly string[];
  tampers?: readonly string[];
  network?: NetworkUse["direction"];
  privilege?: true;
  system?: true;
  interpreter?: true;
  writes?: true;
  /** Why what it does cannot be known. */
  opaque?: string;
};

/** All that is found in one command, filled while it is walked. */
export type Findings = {
  words: ShellWords;
  dialect: Dialect;
  actions: Set<ShellAction>;
  writes: boolean;
  commands: number;
  programs: Set<string>;
  wrappers: Set<string>;
  reads: Map<string, PathUse>;
  changes: Map<string, PathUse>;
  deletes: Map<string, PathUse>;
  network: Map<string, NetworkUse>;
  secrets: Set<string>;
  persistence: Set<string>;
  effects: Set<string>;
  tampers: Set<string>;
  opaque: Set<string>;
  interpreters: Set<string>;
  scripts: Map<string, ScriptUse>;
  unknownWords: Set<string>;
  /** Aliases that the text itself makes: they may count from its next line on. */
  madeAliases: Map<string, string>;
  madeFunctions: Set<string>;
  /** `rm /var/log`, by how much it matters. */
  subjects: { weight: number; text: string }[];
  /** Where the shell may stand, as far as it and `cd` in the text have told; none where nobody knows. */
  directories: readonly string[];
  nodes: number;
  /** Variables change behind the text's back: a trap, another IFS. */
  volatile: boolean;
};

export const newFindings = (words: ShellWords, dialect: Dialect): Findings => ({
  words,
  dialect,
  actions: new Set(),
  writes: false,
  commands: 0,
  programs: new Set(),
  wrappers: new Set(),
  reads: new Map(),
  changes: new Map(),
  deletes: new Map(),
  network: new Map(),
  secrets: new Set(),
  persistence: new Set(),
  effects: new Set(),
  tampers: new Set(),
  opaque: new Set(),
  interpreters: new Set(),
  scripts: new Map(),
  unknownWords: new Set(),
  madeAliases: new Map(),
  madeFunctions: new Set(),
  subjects: [],
  directories: words.directory === undefined ? [] : [words.directory],
  nodes: 0,
  volatile: false,
});

export function noteMark(findings: Findings, mark: Mark, program: string): void {
  for (const each of mark.effects ?? []) findings.effects.add(each);
  for (const each of mark.secrets ?? []) findings.secrets.add(each);
  for (const each of mark.persistence ?? []) findings.persistence.add(each);
  for (const each of mark.tampers ?? []) noteTamper(findings, each);
  if (mark.network !== undefined) noteNetwork(findings, mark.network, "");
  if (mark.privilege === true) findings.actions.add("shell.privilege");
  if (mark.system === true) {
    findings.actions.add("shell.system");
    findings.writes = true;
  }
  if (mark.interpreter === true) noteInterpreter(findings, program);
  if (mark.writes === true) findings.writes = true;
  if (mark.opaque !== undefined) noteOpaque(findings, mark.opaque);
  if ((mark.persistence ?? []).length > 0) findings.writes = true;
}

/** What cannot be known could change anything. */
export function noteOpaque(findings: Findings, reason: string): void {
  findings.opaque.add(reason);
  findings.actions.add("shell.opaque");
  findings.writes = true;
}

export function noteTamper(findings: Findings, what: string): void {
  findings.tampers.add(what);
  findings.actions.add("shell.tamper");
  findings.writes = true;
}

export function noteInterpreter(findings: Findings, program: string): void {
  findings.interpreters.add(program);
  findings.actions.add("shell.interpreter");
  findings.writes = true;
}

export function noteScript(findings: Findings, script: ScriptUse): void {
  findings.scripts.set(JSON.stringify([script.path, script.interpreter, script.arguments]), script);
  findings.actions.add("shell.script");
  findings.writes = true;
}

export function noteNetwork(findings: Findings, direction: NetworkUse["direction"], host: string): void {
  findings.actions.add("shell.network");
  findings.network.set(`${direction} ${host}`, { direction, host });
  if (direction === "upload" || direction === "listen") findings.writes = true;
  if (isMetadataHost(host)) findings.secrets.add("metadata");
}

/** How a file is used: `list` sees names alone, `copy` takes all that lies below. */
export type Access = "read" | "list" | "copy" | "change" | "delete";
export type Manner = { recursive?: boolean; forced?: boolean };

const accessUses = {
  read: "reads",
  list: "reads",
  copy: "reads",
  change: "changes",
  delete: "deletes",
} as const;
const accessActions = {
  read: "shell.read",
  list: "shell.read",
  copy: "shell.read",
  change: "shell.write",
  delete: "shell.delete",
} as const;

/** Notes the use of a path, with all that the path itself says. */
export function notePath(
  findings: Findings,
  access: Access,
  operand: Operand,
  program: string,
  { recursive = false, forced = false }: Manner = {},
): void {
  const written = operand.text;
  if (written === "") return;
  if (isNetworkPath(written)) return noteNetworkPath(findings, normalPath(written), access === "change");
  const writing = access === "change" || access === "delete";
  if (operand.dynamic) {
    // Names alone tell nothing that is secret.
    if (access !== "list") findings.effects.add("dynamic-path");
    if (writing)
      noteOpaque(
        findings,
        `what ${program} ${access === "delete" ? "deletes" : "changes"} is named by an expansion`,
      );
  }
  if (isSink(normalPath(written)) || /^[<>]\(/.test(written)) return;
  const shown = written.replace(/(?<=[^/])\/+$/, "");
  const uses = findings[accessUses[access]];
  const known = uses.get(shown);
  uses.set(shown, {
    path: shown,
    recursive: recursive || known?.recursive === true,
    forced: forced || known?.forced === true,
  });
  findings.actions.add(accessActions[access]);
  const { directories } = findings;
  const places =
    directories.length === 0 ? [normalPath(written)] : directories.map((each) => normalPath(written, each));
  for (const path of new Set(places)) {
    if (isProcessInside(path)) noteTamper(findings, "process memory");
    // Whoever reads another terminal takes its keys, and the verdicts for its shell.
    if (access !== "list" && isTerminal(path)) noteTamper(findings, "another terminal");
    if (access === "read" || access === "copy")
      for (const secret of secretsAt(path, operand.glob)) findings.secrets.add(secret);
    if (access === "copy" || (access === "read" && recursive))
      for (const secret of [...secretsBelow(path), ...(operand.glob ? secretsAt(`${path}/**`, true) : [])])
        findings.secrets.add(secret);
    if (writing) noteChanged(findings, access, path, operand.glob, recursive);
  }
}

function noteChanged(
  findings: Findings,
  access: Access,
  path: string,
  glob: boolean,
  recursive: boolean,
): void {
  findings.writes = true;
  if (access === "change") for (const way of persistenceAt(path, glob)) findings.persistence.add(way);
  if (isHistoryFile(path)) findings.effects.add("history");
  if (isLog(path)) findings.effects.add("logs");
  if (isDevice(path)) {
    findings.effects.add("disk");
    findings.actions.add("shell.system");
  }
  if (recursive && (isBroad(path) || (access === "delete" && isEverythingHere(path))))
    findings.effects.add("broad");
}

const isNetworkPath = (path: string): boolean => /^\/+dev\/+(tcp|udp)\//.test(path);

function noteNetworkPath(findings: Findings, path: string, sends: boolean): void {
  findings.effects.add("dev-tcp");
  noteNetwork(findings, sends ? "upload" : "connect", path.split("/")[3] ?? "");
}
