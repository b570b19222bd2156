import { afterEach, beforeEach, expect, test } from "vitest";
import type { DataClass } from "../../shared/nouns/catalog.ts";
import { newCommandId, newSessionId } from "../../shared/ids.ts";
import type { Recordable } from "../journal/recordable.ts";
import { createRecorder, type Recorder } from "../journal/recorder.ts";
import { openRecordingFiles } from "../journal/recording-files.ts";
import { noEvents } from "../journal/recording-lines.ts";
import { recordingKey } from "../journal/recordings.ts";
import { temporaryFolder } from "../journal/testing.ts";
import { createScreenText } from "../masking/screen-text.ts";
import { createStreamScreen, type StreamScreen } from "./stream-screen.ts";
import { createViewers } from "./viewers.ts";

const card: DataClass = { name: "card", description: "", mask: { kind: "redact" }, lookup: false };
const session = newSessionId();
const kind = { type: "terminal", mode: "raw", term: "xterm", columns: 80, rows: 24 } as const;

let folder: Awaited<ReturnType<typeof temporaryFolder>>;
let recorder: Recorder;
let screen: StreamScreen;
let seen: Recordable[];
let watch: (event: Recordable) => void;
let failures: unknown[];

beforeEach(async () => {
  folder = await temporaryFolder();
  const files = await openRecordingFiles(folder.path);
  [seen, failures, watch] = [[], [], () => {}];
  recorder = createRecorder(await files.open(recordingKey(session)), noEvents, (error) =>
    failures.push(error),
  );
  const viewers = createViewers();
  viewers.join(session, {
    show({ event }) {
      seen.push(event);
      watch(event);
    },
  });
  screen = createStreamScreen({
    ...{ session, recorder, viewers, columns: 80, rows: 24 },
    text: createScreenText(new Map([["card", card]])),
    at: () => 0,
    pause: () => {},
    resume: () => {},
    onFailure: (error) => failures.push(error),
  });
});
afterEach(async () => {
  await screen.close();
  await recorder.close();
  await folder.remove();
  if (failures.length > 0) throw new AggregateError(failures);
});

const print = (text: string) => screen.output(Buffer.from(text));
const text = () => seen.flatMap((event) => (event.type === "screen" ? [event.text] : [])).join("");

test("what is printed before a terminal's kind is known comes behind it", async () => {
  print("motd\r\n");
  await screen.begin(kind);
  await screen.shown();
  expect(seen.map(({ type }) => type)).toEqual(["terminal", "screen"]);
});

test("in a flood that has no end, what came before is shown, and others take their turns", async () => {
  await screen.begin(kind);
  let isFlooding = true;
  watch = () => isFlooding && print("y\r\n".repeat(1_000));
  print("first\r\n");
  await screen.shown();
  expect(text()).toContain("first\r\n");
  let drawn: string | undefined;
  await screen.snapshot(async ({ screen: all }) => void (drawn = all));
  await screen.event({ type: "resize", columns: 100, rows: 30 });
  isFlooding = false;
  expect(drawn).toContain("y\r\ny");
  expect(seen.map(({ type }) => type)).toContain("resize");
});

test("a line is marked where it was entered, though its answer was printed before anybody could look", async () => {
  const [first, second] = [newCommandId(), newCommandId()];
  await screen.begin(kind);
  print("$ rm old\r\n");
  screen.entered(first, true);
  print("Blocked. It is in use.\r\n$ ls");
  screen.entered(second, false);
  print("\r\na\r\nb\r\n$ ");
  let rows: unknown;
  await screen.shown();
  await screen.snapshot(async ({ marks }) => void (rows = marks));
  expect(rows).toEqual([
    { command: first, row: 0 },
    { command: second, row: 2 },
  ]);
});

test("what is held back as the beginning of a value is judged and shown where nothing follows", async () => {
  await screen.begin(kind);
  print("paid with 4111 1111 1111 1111");
  await screen.shown();
  expect(text()).toBe("paid with •••• •••• •••• ••••");
  expect(screen.masked()).toEqual([
    { field: "screen", class: "card", by: "detector", rule: "detector:card" },
  ]);
  expect(screen.masked()).toEqual([]);
});

test("its end comes behind all that was printed", async () => {
  await screen.begin(kind);
  for (let line = 0; line < 50_000; line++) print(`${line}\r\n`);
  await screen.close();
  expect(text()).toBe(Array.from({ length: 50_000 }, (_, line) => `${line}\r\n`).join(""));
});
