import { createHash, randomBytes } from "node:crypto";
import { createReadStream } from "node:fs";
import { mkdir, open, readdir, rename, rm, stat, type FileHandle } from "node:fs/promises";
import { join } from "node:path";
import { Refusal } from "../../shared/contract/errors.ts";
import { CommandId } from "../../shared/ids.ts";
import { maxShownUpload, type FileContent, type UploadContent } from "../../shared/nouns/command.ts";
import { maxFileBytes, maxSpooledBytes, orphanAfterMs } from "./file-limits.ts";

/** Content that has come in and belongs to no command yet. */
export type Received = {
  readonly content: UploadContent;
  /** From now on it is that command's, and survives a crash and a restart. */
  keep(id: CommandId): Promise<void>;
  /** Takes it away, where no command has it. */
  drop(): Promise<void>;
};

/**
 * Files of this gateway's own disk between two sides that come at different times: what is to be uploaded once it is
 * approved, and bytes that were downloaded until they are fetched. One file a command; what is read is what was kept,
 * or it is refused.
 */
export type Spool = {
  /** Throws `too_large`, and `rate_limited` where the actor has too much there already. */
  receive(actor: string, source: AsyncIterable<Uint8Array>): Promise<Received>;
  /**
   * The bytes, which are those that are named. Throws `content_gone` where there are none; so does reading them, with
   * the last piece withheld, where they are others.
   */
  read(id: CommandId, content: FileContent): Promise<AsyncIterable<Uint8Array>>;
  remove(id: CommandId): Promise<void>;
  /** Removes whatever `isOver` says of; of what it knows nothing (`undefined`), what is old. */
  sweep(isOver: (id: CommandId) => Promise<boolean | undefined>): Promise<void>;
};

/** `folder` is made where it is not there. Several gateways may share it. */
export async function openSpool(folder: string, now: () => number): Promise<Spool> {
  await mkdir(folder, { recursive: true, mode: 0o700 });
  /** Bytes of each owner, a hash that stands in the names of their files: kept by any gateway, coming in here. */
  let kept = new Map<string, number>();
  const coming = new Map<string, number>();
  const add = (to: Map<string, number>, owner: string, bytes: number) =>
    to.set(owner, (to.get(owner) ?? 0) + bytes);
  await recount();

  /** What is kept, by command. */
  async function listed(): Promise<{ id: CommandId; owner: string; path: string }[]> {
    return (await readdir(folder)).flatMap((name) => {
      const [, id, owner] = /^(cmd_\w{26})\.([0-9a-f]{32})$/.exec(name) ?? [];
      return id === undefined || owner === undefined
        ? []
        : [{ id: CommandId.parse(id), owner, path: join(folder, name) }];
    });
  }

  async function recount(): Promise<void> {
    const now = new Map<string, number>();
    for (const { owner, path } of await listed()) add(now, owner, (await sizeOf(path)) ?? 0);
    kept = now;
  }

  const isOld = async (path: string) => ((await statOf(path))?.mtimeMs ?? now()) + orphanAfterMs < now();

  /** Writes what comes, each piece counted before it is on the disk. */
  async function take(
    file: FileHandle,
    owner: string,
    source: AsyncIterable<Uint8Array>,
    taken: (bytes: number) => void,
  ): Promise<UploadContent> {
    const hash = createHash("sha256");
    const head: Uint8Array[] = [];
    let bytes = 0;
    for await (const piece of source) {
      if (bytes + piece.length > maxFileBytes)
        throw new Refusal("too_large", `A file of more than ${maxFileBytes} bytes is not taken.`, {
          extra: { maxBytes: maxFileBytes },
        });
      if ((kept.get(owner) ?? 0) + (coming.get(owner) ?? 0) + piece.length > maxSpooledBytes)
        throw new Refusal("rate_limited", `Files of yours that wait here come to ${maxSpooledBytes} bytes.`, {
          hint: "Wait until some of your uploads are decided, or withdraw some.",
          extra: { maxBytes: maxSpooledBytes },
        });
      add(coming, owner, piece.length);
      taken(piece.length);
      bytes += piece.length;
      hash.update(piece);
      if (bytes <= maxShownUpload) head.push(piece.slice());
      await file.writeFile(piece);
    }
    await file.sync();
    const text = bytes <= maxShownUpload ? plainText(Buffer.concat(head)) : undefined;
    return { bytes, sha256: hash.digest("hex"), ...(text !== undefined && { text }) };
  }

  return {
    async receive(actor, source) {
      const owner = createHash("sha256").update(actor, "utf8").digest("hex").slice(0, 32);
      const path = join(folder, `${randomBytes(16).toString("hex")}.part`);
      let taken = 0;
      let loose = true;
      const drop = async () => {
        if (!loose) return;
        loose = false;
        await rm(path, { force: true });
        add(coming, owner, -taken);
      };
      const file = await open(path, "wx", 0o600);
      try {
        const content = await take(file, owner, source, (bytes) => (taken += bytes));
        return {
          content,
          async keep(id) {
            await rename(path, join(folder, `${id}.${owner}`));
            loose = false;
            add(coming, owner, -taken);
            add(kept, owner, taken);
          },
          drop,
        };
      } catch (error) {
        await drop();
        throw error;
      } finally {
        await file.close();
      }
    },

    async read(id, content) {
      const found = (await listed()).find((one) => one.id === id);
      if (found === undefined || (await sizeOf(found.path)) !== content.bytes) throw gone();
      return checked(createReadStream(found.path), content);
    },

    async remove(id) {
      for (const one of await listed()) if (one.id === id) await rm(one.path, { force: true });
      await recount();
    },

    async sweep(isOver) {
      for (const one of await listed())
        if ((await isOver(one.id)) ?? (await isOld(one.path))) await rm(one.path, { force: true });
      for (const name of await readdir(folder)) {
        const path = join(folder, name);
        // What came in half, under a gateway that died.
        if (name.endsWith(".part") && (await isOld(path))) await rm(path, { force: true });
      }
      await recount();
    },
  };
}

/** Undefined where another gateway has just taken it away. */
const statOf = (path: string) =>
  stat(path).catch((error: unknown) => {
    if (error instanceof Error && "code" in error && error.code === "ENOENT") return undefined;
    throw error;
  });
const sizeOf = async (path: string): Promise<number | undefined> => (await statOf(path))?.size;

/** The pieces, the last of them only where all of them are what they should be. */
async function* checked(
  pieces: AsyncIterable<Uint8Array>,
  { bytes, sha256 }: FileContent,
): AsyncGenerator<Uint8Array> {
  const hash = createHash("sha256");
  let last: Uint8Array | undefined;
  let read = 0;
  for await (const piece of pieces) {
    if (last !== undefined) yield last;
    hash.update(piece);
    read += piece.length;
    last = piece;
  }
  if (read !== bytes || hash.digest("hex") !== sha256) throw gone();
  if (last !== undefined) yield last;
}

/** Undefined where it is no text. */
function plainText(bytes: Uint8Array): string | undefined {
  try {
    const text = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
    return text.includes("\0") ? undefined : text;
  } catch {
    return undefined;
  }
}

const gone = () =>
  new Refusal("content_gone", "The bytes that were kept for this command are gone, or are others by now.", {
    hint: "Send the command again: nothing of it was done.",
  });
