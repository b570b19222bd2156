import type { CommandId } from "../../shared/ids.ts";
import type { FileEntry } from "../../shared/nouns/command.ts";
import { RecordingEvent } from "../../shared/recording/format.ts";
import { linesOf } from "../../shared/recording/lines.ts";
import { lineJson } from "./recording-lines.ts";
import type { RecordingStore } from "./recording-store.ts";

/** Where in a recording a command's events stand, in bytes; `to` is behind its last. */
export type CommandPlace = { key: string; command: CommandId; from: number; to: number };

/** What a directory held, as its viewer saw it. */
export async function readFileEntries(store: RecordingStore, place: CommandPlace): Promise<FileEntry[]> {
  for await (const event of eventsOf(store, place)) if (event.type === "entries") return event.entries;
  return [];
}

/** A downloaded text, piece by piece, as its viewer saw it. */
export async function* readFileText(store: RecordingStore, place: CommandPlace): AsyncGenerator<string> {
  for await (const event of eventsOf(store, place)) if (event.type === "content") yield event.text;
}

async function* eventsOf(store: RecordingStore, { key, command, from, to }: CommandPlace) {
  for await (const line of linesOf(store.read(key, from, to), from)) {
    const event = RecordingEvent.parse(JSON.parse(lineJson(line)));
    if (!("command" in event) || event.command !== command) continue;
    if (event.type === "outcome") return;
    yield event;
  }
}
