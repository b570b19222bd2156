import { Client } from "pg";
import type { Permit } from "../../../approval/permit.ts";
import type { Credential, PostgresTarget } from "../../../../shared/nouns/target.ts";
import { bound, now, permitFor } from "../../testing.ts";
import { connect, type Backend } from "./backend.ts";
import type { Chunk, Executable } from "./chunk.ts";
import { defaultBackendLimits, type BackendLimits } from "./settings.ts";

const { sha256 } = bound;

/** The test database as a target, with its credential. */
export function targetAt(url: string): { target: PostgresTarget; credential: Credential } {
  const address = new URL(url);
  return {
    target: {
      name: bound.target,
      kind: "postgres",
      tags: {},
      address: {
        host: address.hostname,
        port: Number(address.port),
        database: address.pathname.slice(1),
        tls: "off",
      },
      user: decodeURIComponent(address.username),
      revision: bound.targetRevision,
      disabled: false,
      managed: false,
      updatedAt: "2026-01-01T00:00:00.000Z",
    },
    credential: {
      user: decodeURIComponent(address.username),
      secret: decodeURIComponent(address.password),
    },
  };
}

export function open(
  url: string,
  parts: {
    permit?: Permit;
    target?: Partial<PostgresTarget>;
    credential?: Credential;
    limits?: Partial<BackendLimits>;
    now?: () => number;
    signal?: AbortSignal;
  } = {},
): Promise<Backend> {
  const { target, credential } = targetAt(url);
  return connect({
    permit: parts.permit ?? permitFor(),
    target: { ...target, ...parts.target },
    credential: parts.credential ?? credential,
    limits: { ...defaultBackendLimits, isRefusedAddress: () => false, ...parts.limits },
    searchPath: ["public"],
    now: parts.now ?? now,
    signal: parts.signal ?? new AbortController().signal,
  });
}

/** An executable of these statements, joined by semicolons. */
export function executable(statements: string[] | string, parts: Partial<Executable> = {}): Executable {
  const texts = [statements].flat();
  let end = -1;
  const spans = texts.map((text) => {
    const start = end + 1;
    end = start + Buffer.byteLength(text);
    return { start, end };
  });
  return {
    sql: texts.join(";"),
    statements: spans.map((span) => ({ span, returnsRows: true, writes: parts.writes ?? false })),
    parameters: [],
    maxRows: 1000,
    timeoutMs: 60_000,
    maxAffectedRows: null,
    writes: false,
    sha256,
    ...parts,
  };
}

/** Runs a command with a permit of its own. */
export function run(
  backend: Backend,
  statements: string[] | string,
  parts: Partial<Executable> = {},
  signal: AbortSignal = new AbortController().signal,
): AsyncIterable<Chunk> {
  const command = executable(statements, parts);
  return backend.run(permitFor({ writes: command.writes }), command, signal);
}

export async function collect(chunks: AsyncIterable<Chunk>): Promise<Chunk[]> {
  const all: Chunk[] = [];
  for await (const chunk of chunks) all.push(chunk);
  return all;
}

export const rowsOf = (chunks: Chunk[]): (string | null)[][] =>
  chunks.flatMap((chunk) => (chunk.type === "rows" ? chunk.rows.cells() : []));

/** A connection beside the gateway, to look at what it left in the database. */
export async function beside<T>(url: string, work: (client: Client) => Promise<T>): Promise<T> {
  const client = new Client({ connectionString: url });
  await client.connect();
  try {
    return await work(client);
  } finally {
    await client.end();
  }
}
