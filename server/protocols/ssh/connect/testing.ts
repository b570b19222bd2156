import { randomUUID } from "node:crypto";
import { readdirSync, readFileSync } from "node:fs";
import { vi } from "vitest";
import type { Permit } from "../../../approval/permit.ts";
import type { SshAddress, SshCredential, SshTarget } from "../../../../shared/nouns/target.ts";
import { bound, now, permitFor } from "../../testing.ts";
import { connectSsh, type SshBackend } from "./backend.ts";
import type {
  ByteChunk,
  Channel,
  FileExecutable,
  ShellExecutable,
  TerminalExecutable,
} from "./executable.ts";
import { defaultSshLimits, type SshLimits } from "./limits.ts";

const { sha256 } = bound;

/** Generous, so that a busy machine changes no outcome. */
export const limits: SshLimits = {
  ...defaultSshLimits,
  connectTimeoutMs: 30_000,
  stopMs: 40_000,
  isRefusedAddress: () => false,
};

export const forever = (): AbortSignal => new AbortController().signal;

/** What a harness tells of a host that it has started. */
export type Place = {
  port: number;
  hostKeys: string[];
  user: string;
  privateKey?: string;
  password?: string;
};

export const addressOf = (place: Place, parts: Partial<SshAddress> = {}): SshAddress => ({
  host: "127.0.0.1",
  port: place.port,
  hostKeys: place.hostKeys,
  jumps: [],
  ...parts,
});

export function open(
  place: Place,
  parts: {
    permit?: Permit;
    disabled?: boolean;
    address?: Partial<SshAddress>;
    credential?: Partial<SshCredential>;
    limits?: Partial<SshLimits>;
    signal?: AbortSignal;
  } = {},
): Promise<SshBackend> {
  const { user, privateKey, password } = place;
  const target: SshTarget = {
    name: bound.target,
    kind: "ssh",
    tags: {},
    address: addressOf(place, parts.address),
    user,
    revision: bound.targetRevision,
    disabled: parts.disabled ?? false,
    managed: false,
    updatedAt: "2026-01-01T00:00:00.000Z",
  };
  const credential: SshCredential = {
    user,
    ...(privateKey !== undefined && { privateKey }),
    ...(password !== undefined && { password }),
    jumps: [],
    ...parts.credential,
  };
  return connectSsh({
    permit: parts.permit ?? permitFor(),
    target,
    credential,
    limits: { ...limits, ...parts.limits },
    now,
    signal: parts.signal ?? forever(),
  });
}

export const executable = (command: string, parts: Partial<ShellExecutable> = {}): ShellExecutable => ({
  command,
  stdin: "",
  timeoutMs: 60_000,
  maxBytes: 10_000_000,
  sha256,
  ...parts,
});

/** Runs a command with a permit of its own. */
export const run = (
  backend: SshBackend,
  command: string,
  parts: Partial<ShellExecutable> = {},
  signal: AbortSignal = forever(),
): AsyncIterable<ByteChunk> => backend.exec(permitFor(), executable(command, parts), signal);

/** What a command printed, and how it ended. */
export async function outcomeOf(chunks: AsyncIterable<ByteChunk>): Promise<{
  stdout: string;
  stderr: string;
  exit: Omit<Extract<ByteChunk, { type: "exit" }>, "type"> | undefined;
}> {
  const outcome: Awaited<ReturnType<typeof outcomeOf>> = { stdout: "", stderr: "", exit: undefined };
  for await (const chunk of chunks) {
    if (chunk.type === "bytes") outcome[chunk.stream] += Buffer.from(chunk.bytes).toString();
    else {
      const { type: _, ...exit } = chunk;
      outcome.exit = exit;
    }
  }
  return outcome;
}

export function openTerminal(
  backend: SshBackend,
  parts: Partial<TerminalExecutable> = {},
  signal: AbortSignal = forever(),
): Promise<Channel> {
  const terminal = { command: undefined, term: "xterm-256color", columns: 80, rows: 24, sha256, ...parts };
  return backend.open(permitFor(), terminal, signal);
}

export const fileAt = (path: string): FileExecutable => ({ path, timeoutMs: 60_000, sha256 });

/** Shorter than a test may take: what it looks at is no other test's. */
const patience = { timeout: 100_000, interval: 20 };

/** Looks again and again until it is so. */
export async function until(isSo: () => boolean | Promise<boolean>): Promise<void> {
  await vi.waitUntil(isSo, patience);
}

/** Living processes whose arguments hold this text. */
export function processesOf(text: string): number[] {
  const pids = readdirSync("/proc").filter((name) => /^\d+$/.test(name));
  return pids.filter((pid) => argumentsOf(pid).includes(text)).map(Number);
}
/** Empty for one that is gone, or a zombie. */
function argumentsOf(pid: string): string {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, "utf8");
  } catch {
    return "";
  }
}
export const isAlive = (text: string): boolean => processesOf(text).length > 0;

/** A number of seconds that no other test sleeps. */
export const mark = (): string => `99999.${BigInt(`0x${randomUUID().replaceAll("-", "").slice(0, 12)}`)}`;

/** What an opening was refused with. */
export async function refusalOf(opening: Promise<unknown>): Promise<unknown> {
  return await opening.then(
    () => "open",
    (error: unknown) => error,
  );
}
