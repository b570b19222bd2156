import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "vitest";
import type { Session } from "../../shared/nouns/session.ts";
import { TargetInput } from "../../shared/nouns/target.ts";
import { RecordingEvent } from "../../shared/recording/format.ts";
import { freshDatabase } from "../db/testing.ts";
import { gatherMs, holdMs } from "../gate/stream-screen.ts";
import type { Terminal } from "../gate/stream.ts";
import { storeGatherMs } from "../journal/recorder.ts";
import { lookAgainMs } from "../journal/recordings.ts";
import { temporaryFolder } from "../journal/testing.ts";
import { startSshd, type Sshd } from "../protocols/ssh/testing/sshd.ts";
import { engineer, openGateway, type TestGateway } from "./testing.ts";

/** Whoever watches a session live follows its recording as it grows. */
const policies = `
@id("enter") permit (principal in Group::"engineers", action == Action::"session.open", resource);
@id("work") permit (principal in Group::"engineers", action in Action::"shell.any", resource);
`;
const watchWithinMs = 300;

let sshd: Sshd;
let store: Awaited<ReturnType<typeof freshDatabase>>;
let data: Awaited<ReturnType<typeof temporaryFolder>>;
let gateway: TestGateway;
/** Another process of the same gateway. */
let beside: TestGateway;
let session: Session;
let terminal: Terminal;

beforeAll(async () => {
  [sshd, store, data] = await Promise.all([startSshd(), freshDatabase({ migrate: true }), temporaryFolder()]);
  gateway = await openGateway(store.url, data.path);
  beside = await openGateway(store.url, data.path);
  await gateway.policies.put(policies, { by: "test", comment: "", managed: false });
  await gateway.targets.put("host", TargetInput.parse(sshd.asTarget), { managed: false });
});
afterAll(async () => {
  await Promise.all([gateway.stop(), beside.stop()]);
  await Promise.all([sshd.stop(), store.drop(), data.remove()]);
});
beforeEach(async () => {
  session = await gateway.gate.open(engineer, "host", "watched");
  terminal = await gateway.gate.terminal(session.id, engineer, { columns: 100, rows: 30 });
});
afterEach(() => gateway.gate.end(session.id, engineer));

describe.each([
  ["the process that writes it", () => gateway],
  ["another process", () => beside],
])("in %s", (_where, watchedIn) => {
  test("output is seen while the command that prints it still runs, and whatever ends it after that", async () => {
    const stop = new AbortController();
    const seen: RecordingEvent[] = [];
    let screen = "";
    await terminal.keys("echo step-$((1+1)); read -r answer; echo got-$answer\r", engineer);
    const follow = watchedIn().journal.recordings.follow(session.id, { signal: stop.signal });
    for await (const json of follow) {
      const event = RecordingEvent.parse(JSON.parse(json));
      seen.push(event);
      if (event.type === "screen") {
        // The program waits for an answer that it gets once its watcher has seen the question.
        if (!screen.includes("step-2") && (screen + event.text).includes("step-2"))
          await terminal.keys("forty-two\r", engineer);
        screen += event.text;
      }
      if (event.type === "outcome") break;
    }
    stop.abort();
    expect(screen).toContain("got-forty-two");
    expect(seen.at(-1)).toMatchObject({ type: "outcome", state: "completed" });
  });
});

test("nothing on the way waits for longer than a watcher may", () => {
  expect(gatherMs + holdMs + storeGatherMs + lookAgainMs).toBeLessThan(watchWithinMs);
});
