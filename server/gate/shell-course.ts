import { StringDecoder } from "node:string_decoder";
import { Refusal } from "../../shared/contract/errors.ts";
import { createTextStream, type TextStream } from "../masking/text-stream.ts";
import type { ByteChunk, ShellExecutable } from "../protocols/ssh/connect/executable.ts";
import type { LiveSession } from "../session/sessions.ts";
import { ahead } from "./ahead.ts";
import type { Asked } from "./asked.ts";
import type { Course } from "./course.ts";
import { hostOf } from "./host.ts";
import type { Rooms } from "./rooms.ts";
import type { ScreenEvent } from "./screen.ts";
import type { TypedLine } from "./terminals.ts";
import type { ShellUnderstanding } from "./understand-shell.ts";

/** Of stdout and stderr together, for one command. */
const maxOutputBytes = 64 * 1024 * 1024;

type Streams = Record<"stdout" | "stderr", TextStream>;

/** A shell command: sent on a channel of its own, or let go in the terminal in which it was typed. */
export function createShellCourse(rooms: Rooms) {
  return (live: LiveSession, asked: Asked<ShellUnderstanding>): Course => {
    const { hidden, input } = asked.understanding;
    let typed: TypedLine | undefined;
    const streams: Streams = {
      stdout: createTextStream("stdout", hidden),
      stderr: createTextStream("stderr", hidden),
    };
    return {
      take: (signal, work) =>
        live.exclusive(() => {
          signal.throwIfAborted();
          return work();
        }),
      // What a program will touch it alone knows: reviewers get its facts, and the scripts that it runs.
      weigh: async () => ({ impact: null, bound: null }),
      async run(permit, signal) {
        if (input.terminal) {
          const line = rooms.terminals.line(live.session.id, asked.id);
          if (line?.text !== input.command)
            throw new Refusal("session_closed", "The terminal in which it was typed is gone. Nothing ran.");
          typed = line;
          return line.run({ permit, sha256: asked.sha256, final: asked.understanding.final }, signal);
        }
        const host = await hostOf(rooms, live, asked.understanding.target, permit);
        const left = new AbortController();
        const until = AbortSignal.any([signal, left.signal]);
        return ahead(shown(host.exec(permit, executableOf(asked), until), streams), () => left.abort());
      },
      // What a host says of itself comes as output.
      mask: (error) => error,
      masked: () => typed?.masked() ?? [...streams.stdout.found(), ...streams.stderr.found()],
      rollsBack: false,
      after: async () => {},
    };
  };
}

function executableOf({
  understanding: { input, final, decision },
  sha256,
}: Asked<ShellUnderstanding>): ShellExecutable {
  const timeoutMs = Math.min(input.timeoutSeconds * 1000, decision.obligations.timeoutMs);
  return { command: final, stdin: input.stdin, timeoutMs, maxBytes: maxOutputBytes, sha256 };
}

/** Bytes as text, past the second line; each stream for itself. */
async function* shown(chunks: AsyncIterable<ByteChunk>, streams: Streams): AsyncGenerator<ScreenEvent> {
  const decoders = { stdout: new StringDecoder("utf8"), stderr: new StringDecoder("utf8") };
  const event = (stream: keyof Streams, text: string): ScreenEvent[] =>
    text === "" ? [] : [{ type: "bytes", stream, text }];
  for await (const chunk of chunks) {
    if (chunk.type === "bytes") {
      yield* event(chunk.stream, streams[chunk.stream].write(decoders[chunk.stream].write(chunk.bytes)));
      continue;
    }
    for (const stream of ["stdout", "stderr"] as const)
      yield* event(stream, streams[stream].write(decoders[stream].end()) + streams[stream].flush());
    const { code, signal, truncated } = chunk;
    yield { type: "exit", code, truncated, ...(signal !== null && { signal }) };
  }
}
