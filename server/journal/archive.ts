import { createHash } from "node:crypto";
import type pg from "pg";
import { z } from "zod";
import { canonicalJson } from "../../shared/canonical.ts";
import { Refusal } from "../../shared/contract/errors.ts";
import { archiveVersion, type Manifest } from "../../shared/recording/manifest.ts";
import { maxTarFileBytes, tarEnd, tarHeader, tarPadding } from "../../shared/recording/tar.ts";
import type { ReviewTexts } from "../approval/review-texts.ts";
import type { Append } from "./append.ts";
import { commandsOf, reviewsOf, sessionsIn, type ArchivedSession, type Period } from "./archive-rows.ts";
import { summaryPage } from "./archive-summary.ts";
import type { Exports } from "./exports.ts";
import type { Keyring } from "./keyring.ts";
import type { LedgerReader } from "./ledger-reader.ts";

/** Sessions of one archive, and archives that one process makes at once. */
const maxSessions = 10_000;
const maxAtOnce = 2;
/** The ledger is cut into files of about this size: a tar file wants to know how long a file is before it begins. */
const ledgerFileBytes = 4 * 1024 * 1024;

const EntryLine = z.object({ entry: z.object({ kind: z.string() }) });

export type Archives = {
  /**
   * An archive of the evidence of a period, as a tar file that proves itself: see shared/recording/manifest.ts. That it
   * was made is an entry before its first byte. Refuses: invalid for a period that ends before it begins; too_large
   * for one with more than 10,000 sessions; rate_limited; journal_unavailable.
   */
  make(period: Period, actor: string): Promise<AsyncGenerator<Uint8Array>>;
};

export function createArchives(dependencies: {
  pool: pg.Pool;
  append: Append;
  ledger: LedgerReader;
  exports: Exports;
  keyring: Keyring;
  reviews: Pick<ReviewTexts, "inBrief">;
  now: () => number;
}): Archives {
  const { pool, append, ledger, exports, keyring, reviews, now } = dependencies;
  let underWay = 0;

  async function* write(
    period: Period,
    actor: string,
    sessions: ArchivedSession[],
  ): AsyncGenerator<Uint8Array> {
    const at = new Date(now()).toISOString();
    const files: Manifest["files"] = [];
    const missing: Manifest["missing"] = [];
    const kinds = new Map<string, number>();

    /** One file: its bytes go out as they come, and must be as many as was said. */
    async function* file(
      path: string,
      size: number,
      chunks: AsyncIterable<Uint8Array> | Iterable<Uint8Array>,
    ) {
      yield tarHeader({ path, size, modified: Math.floor(now() / 1000) });
      const hash = createHash("sha256");
      let bytes = 0;
      for await (const chunk of chunks) {
        hash.update(chunk);
        bytes += chunk.length;
        yield chunk;
      }
      if (bytes !== size) throw new Error(`${path} has ${bytes} bytes instead of ${size}`);
      yield tarPadding(size);
      files.push({ path, bytes, sha256: hash.digest("hex") });
    }
    const small = (path: string, text: string) => {
      const bytes = Buffer.from(text);
      return file(path, bytes.length, [bytes]);
    };

    yield* small("keys.json", `${JSON.stringify(await ledger.keys(), null, 2)}\n`);

    const after = await lastCheckpointBefore(pool, period.from);
    for await (const [number, lines] of piecesOf(exports.ledger({ after }), ledgerFileBytes)) {
      for (const line of lines) {
        const { data } = EntryLine.safeParse(JSON.parse(line));
        if (data) kinds.set(data.entry.kind, (kinds.get(data.entry.kind) ?? 0) + 1);
      }
      yield* small(`ledger/${String(number).padStart(6, "0")}.jsonl`, lines.join(""));
    }

    for (const session of sessions) {
      const name = `recordings/${session.id}.rec`;
      if (session.removed) {
        const { at: removedAt, rule } = session.removed;
        missing.push({ session: session.id, why: `removed by retention on ${removedAt}, rule ${rule}` });
        continue;
      }
      const ready = await exports.measured(session.id).catch((error: unknown) => {
        if (error instanceof Refusal) return error;
        throw error;
      });
      if (ready instanceof Refusal) missing.push({ session: session.id, why: ready.message });
      else if (ready.size > maxTarFileBytes)
        missing.push({ session: session.id, why: "larger than 8 GiB: export it on its own" });
      else yield* file(name, ready.size, ready.bytes());
    }

    const told = {
      commands: await commandsOf(pool, sessions),
      reviews: await reviewsOf(reviews, sessions),
      keys: (await ledger.keys()).keys,
    };
    yield* small("summary.html", summaryPage({ period, at, actor, sessions, missing, kinds, ...told }));
    const signer = await keyring.current();
    const statement: Omit<Manifest, "signature"> = {
      version: archiveVersion,
      ...period,
      at,
      files: [...files],
      missing,
      keyId: signer.keyId,
      jwk: signer.jwk,
    };
    const manifest: Manifest = { ...statement, signature: signer.sign(statement) };
    yield* small("manifest.json", `${canonicalJson(manifest)}\n`);
    yield tarEnd();
  }

  return {
    async make(period, actor) {
      if (period.from >= period.to)
        throw new Refusal("invalid", "The period ends before it begins.", {
          hint: "`to` is the first moment that is no longer in it.",
        });
      if (underWay >= maxAtOnce)
        throw new Refusal("rate_limited", `${maxAtOnce} archives are being made already.`, {
          hint: "Try again once one of them is done.",
        });
      const sessions = await sessionsIn(pool, period, maxSessions + 1);
      if (sessions.length > maxSessions)
        throw new Refusal("too_large", `The period has more than ${maxSessions} sessions.`, {
          hint: "Choose a shorter one; archives of neighbouring periods fit together.",
        });
      await append({
        kind: "evidence.exported",
        actor,
        session: null,
        command: null,
        body: { ...period, sessions: sessions.length },
      });
      return (async function* () {
        underWay += 1;
        try {
          yield* write(period, actor, sessions);
        } finally {
          underWay -= 1;
        }
      })();
    },
  };
}

/** Where the ledger begins in the archive: behind the last entry that was signed before the period. */
async function lastCheckpointBefore(pool: pg.Pool, from: string): Promise<number> {
  const { rows } = await pool.query<{ seq: string }>(
    "select seq from checkpoints where at < $1 order by seq desc limit 1",
    [from],
  );
  return Number(rows[0]?.seq ?? 0);
}

/** Lines put together to pieces of about `size` characters, numbered from 1. */
async function* piecesOf(lines: AsyncIterable<string>, size: number): AsyncGenerator<[number, string[]]> {
  let piece: string[] = [];
  let length = 0;
  let number = 0;
  for await (const line of lines) {
    piece.push(line);
    length += line.length;
    if (length < size) continue;
    yield [++number, piece];
    piece = [];
    length = 0;
  }
  if (piece.length > 0) yield [++number, piece];
}
