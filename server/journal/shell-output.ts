import type { CommandId } from "../../shared/ids.ts";
import type { ShellResult } from "../../shared/nouns/command.ts";
import { RecordingEvent } from "../../shared/recording/format.ts";
import { linesOf } from "../../shared/recording/lines.ts";
import { lineJson } from "./recording-lines.ts";
import type { RecordingStore } from "./recording-store.ts";

/** Characters of each stream that an answer carries; all of it is in the recording. */
const maxCharacters = 1024 * 1024;

/** What a shell command printed, as its viewer saw it. */
export type ShellOutput = Pick<ShellResult, "stdout" | "stderr" | "truncated">;

/** Reads a command's output between two lines of a recording, in bytes; cut at 1 Mi characters a stream. */
export async function readShellOutput(
  store: RecordingStore,
  key: string,
  { command, from, to }: { command: CommandId; from: number; to: number },
): Promise<ShellOutput> {
  const output = { stdout: "", stderr: "", truncated: false };
  for await (const line of linesOf(store.read(key, from, to), from)) {
    const event = RecordingEvent.parse(JSON.parse(lineJson(line)));
    if (!("command" in event) || event.command !== command) continue;
    if (event.type === "outcome") break;
    if (event.type !== "bytes") continue;
    const room = maxCharacters - output[event.stream].length;
    output[event.stream] += event.text.slice(0, room);
    if (event.text.length > room) output.truncated = true;
  }
  return output;
}
