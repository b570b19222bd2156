import { Refusal } from "../../shared/contract/errors.ts";
import type { SessionId } from "../../shared/ids.ts";
import { canonicalJson } from "../../shared/canonical.ts";
import { recordingVersion, type Seal } from "../../shared/recording/format.ts";
import { printLedgerLine } from "../../shared/recording/ledger-file.ts";
import { checkedLines, noEvents, type RecordingHead } from "./recording-lines.ts";
import type { LedgerReader } from "./ledger-reader.ts";
import type { RecordingStore } from "./recording-store.ts";
import type { RecordingInfo, Recordings } from "./recordings.ts";
import type { Keyring } from "./keyring.ts";

const pageEntries = 500;
const newline = Buffer.from("\n");
/** Lines are handed on in pieces of about this size. */
const pieceBytes = 64 * 1024;

/** Files that prove themselves without the gateway: see shared/recording/verify.ts. */
export type Exports = {
  /** Every line as it was written, and the seal. Refuses: not_found; journal_unavailable where the file was altered. */
  recording(session: SessionId): AsyncGenerator<Uint8Array>;
  /** The same, read once before, so that its size is known and it is known to be whole. Refuses: as above. */
  measured(session: SessionId): Promise<{ size: number; bytes(): AsyncGenerator<Uint8Array> }>;
  /** Lines of LedgerLine, from the entry after `after` to the head, sealed. */
  ledger(range?: { after?: number }): AsyncGenerator<string>;
};

export function createExports(dependencies: {
  recordings: Recordings;
  store: RecordingStore;
  ledger: LedgerReader;
  keyring: Pick<Keyring, "current">;
  now: () => number;
}): Exports {
  const { recordings, store, ledger, keyring, now } = dependencies;
  const time = () => new Date(now()).toISOString();
  /** The recording's row, and how many bytes of it are in the store. */
  const written = async (session: SessionId): Promise<{ info: RecordingInfo; to: number }> => {
    const flushed = await recordings.live(session)?.flush();
    const info = await recordings.get(session);
    if (!info) throw new Refusal("not_found", "There is no such recording.");
    return { info, to: flushed?.bytes ?? (await store.size(info.key)) ?? 0 };
  };

  /** Every line up to `to`. The seal vouches for what was written, not for what lies on the disk now: each is checked again. */
  async function* linesTo(
    info: RecordingInfo,
    to: number,
  ): AsyncGenerator<{ bytes: Uint8Array; head: RecordingHead }> {
    let lines: Uint8Array[] = [];
    let size = 0;
    let reached = noEvents;
    for await (const { line, head } of checkedLines(store.read(info.key, 0, to), info)) {
      reached = head;
      lines.push(line.bytes, newline);
      size += line.bytes.length;
      if (size < pieceBytes) continue;
      yield { bytes: Buffer.concat(lines), head };
      lines = [];
      size = 0;
    }
    yield { bytes: Buffer.concat(lines), head: reached };
  }

  const sealLine = async (info: RecordingInfo, head: RecordingHead): Promise<Buffer> => {
    const signer = await keyring.current();
    const seal: Omit<Seal, "signature"> = {
      version: recordingVersion,
      session: info.session,
      events: head.events,
      hash: head.hash,
      live: info.endedAt === undefined,
      ledgerSeq: info.ledgerSeq,
      at: time(),
      keyId: signer.keyId,
      jwk: signer.jwk,
    };
    return Buffer.from(`seal ${canonicalJson({ ...seal, signature: signer.sign(seal) })}\n`);
  };

  return {
    async *recording(session) {
      const { info, to } = await written(session);
      let reached = noEvents;
      for await (const { bytes, head } of linesTo(info, to)) {
        reached = head;
        yield bytes;
      }
      yield sealLine(info, reached);
    },
    async measured(session) {
      const { info, to } = await written(session);
      let reached = noEvents;
      for await (const { head } of linesTo(info, to)) reached = head;
      const seal = await sealLine(info, reached);
      return {
        size: reached.bytes + seal.length,
        async *bytes() {
          for await (const { bytes } of linesTo(info, reached.bytes)) yield bytes;
          yield seal;
        },
      };
    },
    async *ledger({ after = 0 } = {}) {
      const { head, signer } = await ledger.place();
      const last = head.seq;
      const { keys } = await ledger.keys();
      yield printLedgerLine({ keys: keys.map(({ keyId, jwk }) => ({ keyId, jwk })) });
      let reached = { seq: after, hash: "" };
      let signedEntries = 0;
      while (reached.seq < last) {
        const entries = await ledger.page(reached.seq, Math.min(pageEntries, last - reached.seq));
        if (entries.length === 0) break;
        const checkpoints = await ledger.checkpoints(reached.seq, pageEntries);
        for (const entry of entries) {
          yield printLedgerLine({ entry });
          const signed = checkpoints.find(({ seq }) => seq === entry.seq);
          reached = entry;
          if (!signed) continue;
          signedEntries += 1;
          yield printLedgerLine({ checkpoint: signed });
        }
      }
      const seal = {
        from: after + 1,
        to: reached.seq,
        checkpoints: signedEntries,
        hash: reached.hash,
        at: time(),
        keyId: signer.keyId,
      };
      yield printLedgerLine({ seal: { ...seal, signature: signer.sign(seal) } });
    },
  };
}
