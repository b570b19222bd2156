import { Refusal } from "../../shared/contract/errors.ts";
import type { CommandId } from "../../shared/ids.ts";
import { finalStates, type Command, type FileCommand, type FileContent } from "../../shared/nouns/command.ts";
import { fetchWithinMs, sweepSpoolEveryMs } from "./file-limits.ts";
import type { Rooms } from "./rooms.ts";

/** What a download gave: as it was shown, a text masked, bytes as they are. */
export type Fetched = {
  command: FileCommand;
  /** Undefined where there is no content: it is still held or running, or it came to nothing. */
  content: { about: FileContent; binary: boolean; bytes: AsyncIterable<Uint8Array> } | undefined;
};

/** Content of downloads: texts out of the recording, bytes out of the spool, which is swept here too. */
export function createFetch({ journal, spool, now }: Pick<Rooms, "journal" | "spool" | "now">) {
  let sweptAt = 0;

  /** Nothing more will be asked of what is kept for it; undefined where nobody knows of it. */
  async function isOver(id: CommandId): Promise<boolean | undefined> {
    const command = (await journal.commands.get(id))?.command;
    if (command === undefined) return undefined;
    if (!finalStates.includes(command.state)) return false;
    const fetchable = command.kind === "file" && command.file === "download" && command.state === "completed";
    return !fetchable || Date.parse(command.finishedAt ?? "") + fetchWithinMs <= now();
  }

  return {
    /** Throws `not_found` where it is no download; `removed`, `content_gone` where it was kept no longer. */
    async fetch(command: Command): Promise<Fetched> {
      if (command.kind !== "file" || command.file !== "download")
        throw new Refusal("not_found", "There is no such download.");
      const { id, binary, result, state } = command;
      const about = result?.shown;
      if (state !== "completed" || about === undefined) return { command, content: undefined };
      const bytes = binary ? await spool.read(id, about) : encoded(await journal.fileText(id));
      return { command, content: { about, binary, bytes } };
    },

    /** To be called every second or so. */
    async sweep(): Promise<void> {
      if (now() < sweptAt + sweepSpoolEveryMs) return;
      sweptAt = now();
      await spool.sweep(isOver);
    },
  };
}

async function* encoded(pieces: AsyncIterable<string>): AsyncGenerator<Uint8Array> {
  for await (const piece of pieces) yield Buffer.from(piece, "utf8");
}
