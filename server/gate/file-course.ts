import { createHash } from "node:crypto";
import { Refusal } from "../../shared/contract/errors.ts";
import type { FileContent, FileEntry } from "../../shared/nouns/command.ts";
import { createTextStream, type TextStream } from "../masking/text-stream.ts";
import type { FileExecutable } from "../protocols/ssh/connect/executable.ts";
import type { SshFiles } from "../protocols/ssh/connect/files.ts";
import { describeFile } from "../protocols/ssh/facts/describe-file.ts";
import type { Permit } from "../approval/permit.ts";
import type { LiveSession } from "../session/sessions.ts";
import type { Asked } from "./asked.ts";
import type { Course } from "./course.ts";
import { maxContentText, maxEntries, maxFileBytes, maxTextBytes, newFileMode } from "./file-limits.ts";
import { hostOf } from "./host.ts";
import type { Rooms } from "./rooms.ts";
import type { ScreenEvent } from "./screen.ts";
import type { FileUnderstanding } from "./understand-file.ts";

/** One command's way to the host's files. */
type Transfer = { files: SshFiles; permit: Permit; at: FileExecutable; signal: AbortSignal };

/** A file command: on an SFTP channel of its own, at the path by which it was judged and no other. */
export function createFileCourse(rooms: Rooms) {
  return (live: LiveSession, asked: Asked<FileUnderstanding>): Course => {
    const { input, place, target, hidden, decision } = asked.understanding;
    const { spool } = rooms;
    const text = createTextStream(input.file === "list" ? "name" : "content", hidden);

    async function events(transfer: Transfer): Promise<AsyncIterable<ScreenEvent>> {
      if (input.file === "list") return list(transfer, text);
      if (input.file === "upload")
        return upload(transfer, await spool.read(asked.id, input.content), place.exists);
      if (!input.binary) return downloadText(transfer, text);
      return downloadBytes(transfer, async (bytes) => {
        const received = await spool.receive(asked.actor.id, bytes);
        await received.keep(asked.id);
        return received.content;
      });
    }

    return {
      take: (signal, work) =>
        live.beside(() => {
          signal.throwIfAborted();
          return work();
        }),
      // Reviewers get the bytes' hash, and the text itself where it is one and short.
      weigh: async () => ({ impact: null, bound: null }),
      async run(permit, signal) {
        const { files } = await hostOf(rooms, live, target, permit);
        const { timeoutMs } = decision.obligations;
        const at = { path: place.path, exact: true, timeoutMs, sha256: asked.sha256 };
        return events({ files, permit, at, signal });
      },
      // What a host says of its files it says in codes; the words are the gateway's.
      mask: (error) => error,
      masked: () => text.found(),
      rollsBack: input.file !== "upload",
      after: async () => {
        if (input.file === "upload") await spool.remove(asked.id);
      },
    };
  };
}

async function* list({ files, permit, at, signal }: Transfer, text: TextStream): AsyncGenerator<ScreenEvent> {
  const { entries, truncated } = await files.list(permit, { ...at, maxEntries }, signal);
  const shown = entries
    .map(({ name, modifiedAt, ...entry }): FileEntry => {
      const path = `${at.path.replace(/\/$/, "")}/${name}`;
      const reading =
        entry.kind === "directory" ? [] : describeFile({ file: "download", path, binary: false }).secrets;
      return {
        name: text.write(name) + text.flush(),
        ...entry,
        modifiedAt: new Date(modifiedAt).toISOString(),
        ...(reading.length > 0 && { secrets: reading }),
      };
    })
    .toSorted((one, other) => (one.name < other.name ? -1 : 1));
  yield { type: "entries", entries: shown, truncated };
}

async function* upload(
  { files, permit, at, signal }: Transfer,
  source: AsyncIterable<Uint8Array>,
  replace: boolean,
): AsyncGenerator<ScreenEvent> {
  const to = { ...at, maxBytes: maxFileBytes, mode: newFileMode, replace };
  yield { type: "transfer", host: await files.write(permit, to, source, signal) };
}

async function* downloadBytes(
  { files, permit, at, signal }: Transfer,
  keep: (bytes: AsyncIterable<Uint8Array>) => Promise<FileContent>,
): AsyncGenerator<ScreenEvent> {
  const { bytes, sha256 } = await keep(files.read(permit, { ...at, maxBytes: maxFileBytes }, signal));
  yield { type: "transfer", host: { bytes, sha256 }, shown: { bytes, sha256 } };
}

/** Past the second line, as it comes: nothing is held but the line that has not ended. */
async function* downloadText(
  { files, permit, at, signal }: Transfer,
  text: TextStream,
): AsyncGenerator<ScreenEvent> {
  const host = counted();
  const shown = counted();
  // The mark at the beginning of a text is a part of it.
  const decoder = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });
  function* show(masked: string): Generator<ScreenEvent> {
    for (const piece of pieces(masked)) {
      shown.add(Buffer.from(piece, "utf8"));
      yield { type: "content", text: piece };
    }
  }
  for await (const bytes of files.read(permit, { ...at, maxBytes: maxTextBytes }, signal)) {
    host.add(bytes);
    yield* show(text.write(decoded(decoder, at.path, bytes)));
  }
  yield* show(text.write(decoded(decoder, at.path)) + text.flush());
  yield { type: "transfer", host: host.content(), shown: shown.content() };
}

/** Throws `not_text`. Without bytes: the end, where a character that was begun is none. */
function decoded(decoder: TextDecoder, path: string, bytes?: Uint8Array): string {
  try {
    const text = bytes === undefined ? decoder.decode() : decoder.decode(bytes, { stream: true });
    if (!text.includes("\0")) return text;
  } catch (error) {
    if (!(error instanceof TypeError)) throw error;
  }
  throw new Refusal("not_text", `“${path}” is no text, so nothing in it could be masked.`, {
    hint: "Ask for it with binary=true: policy decides whether its bytes may leave the host as they are.",
  });
}

/** Cut where no character is. */
function* pieces(text: string): Generator<string> {
  for (let from = 0; from < text.length;) {
    const end = Math.min(from + maxContentText, text.length);
    const splits = end < text.length && /[\uD800-\uDBFF]/.test(text.charAt(end - 1));
    const to = splits ? end - 1 : end;
    yield text.slice(from, to);
    from = to;
  }
}

function counted() {
  const hash = createHash("sha256");
  let bytes = 0;
  return {
    add(piece: Uint8Array): void {
      hash.update(piece);
      bytes += piece.length;
    },
    content: (): FileContent => ({ bytes, sha256: hash.digest("hex") }),
  };
}
