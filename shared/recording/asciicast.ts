import { visible } from "../visible.ts";
import type { RecordingEvent } from "./format.ts";

/** Where a session never opened a terminal: what a program is told that asks for none. */
const defaultSize = { columns: 80, rows: 24 };
const longestLabel = 200;

/**
 * A recording as asciicast v2 (https://docs.asciinema.org/manual/asciicast/v2/), line by line, each with its end: a
 * header with size and title; `o` for what the screen was sent, `r` for its sizes, `m` for commands and verdicts. Until
 * a terminal opens, commands that were sent stand there as at a prompt, with what they printed. Holds one event at a
 * time; what is no shell's is left out.
 */
export async function* toAsciicast(events: AsyncIterable<RecordingEvent>): AsyncGenerator<string> {
  let opened: Extract<RecordingEvent, { type: "opened" }> | undefined;
  let begun = false;
  let inTerminal = false;
  let last = 0;
  const begin = (term: string, size: { columns: number; rows: number }): string[] => {
    if (begun) return [];
    begun = true;
    return [headerOf(opened, term, size)];
  };
  const line = (event: RecordingEvent, code: "o" | "r" | "m", data: string): string[] => {
    last = Math.max(last, event.at);
    return [...begin("dumb", defaultSize), `${JSON.stringify([last / 1000, code, data])}\n`];
  };
  const told = (event: RecordingEvent): string[] => {
    switch (event.type) {
      case "opened":
        opened = event;
        return [];
      case "terminal":
        inTerminal = true;
        if (!begun) return begin(event.term, event);
        // What stood there before was no terminal's.
        return [...line(event, "r", sizeOf(event)), ...line(event, "o", "\u001b[2J\u001b[H")];
      case "resize":
        return line(event, "r", sizeOf(event));
      case "screen":
        return line(event, "o", event.text);
      case "shell": {
        const marked = line(event, "m", labelOf(event.text));
        return event.terminal || inTerminal ? marked : [...marked, ...line(event, "o", atPrompt(event.text))];
      }
      case "bytes":
        return inTerminal ? [] : line(event, "o", printed(event.text));
      case "held":
        return line(event, "m", labelOf(`Held, waits on ${event.groups.join(", ")}`));
      case "vote": {
        const verdict = event.verdict === "approve" ? "approved" : "rejected";
        return line(event, "m", labelOf(`${event.name} ${verdict}`));
      }
      case "outcome":
        return event.state === "completed" ? [] : line(event, "m", labelOf(capital(event.state)));
      default:
        return [];
    }
  };
  for await (const event of events) yield* told(event);
  yield* begin("dumb", defaultSize);
}

function headerOf(
  opened: Extract<RecordingEvent, { type: "opened" }> | undefined,
  term: string,
  { columns, rows }: { columns: number; rows: number },
): string {
  const title = opened && `${opened.actor.name} on ${opened.target}${opened.reason && `: ${opened.reason}`}`;
  const header = {
    version: 2,
    width: columns,
    height: rows,
    ...(opened && { timestamp: Math.floor(Date.parse(opened.startedAt) / 1000), title }),
    env: { TERM: term },
  };
  return `${JSON.stringify(header)}\n`;
}

const sizeOf = ({ columns, rows }: { columns: number; rows: number }) => `${columns}x${rows}`;
const capital = (word: string) => word.charAt(0).toUpperCase() + word.slice(1);

/** One line, nothing hidden in it. */
function labelOf(text: string): string {
  const line = visible(text.trim()).text.replace(/\s+/gu, " ");
  return line.length > longestLabel ? `${line.slice(0, longestLabel - 1)}…` : line;
}

const atPrompt = (command: string) => `$ ${printed(command)}\r\n`;

/** Controls, but for tab and line ends. */
// eslint-disable-next-line no-control-regex -- they are what this is about
const controls = /[\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f-\u009f]/gu;

/** What was printed without a terminal: line ends become a terminal's, and nothing in it speaks to one. */
const printed = (text: string): string =>
  text
    .replace(controls, (control) => `\\u{${control.charCodeAt(0).toString(16).toUpperCase()}}`)
    .replace(/\r?\n/gu, "\r\n");
