import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { expect, test } from "vitest";
import { engineer } from "./testing.ts";
import { openHostDesk } from "./testing-host.ts";

const policies = `
@id("enter") permit (principal in Group::"engineers", action == Action::"session.open", resource);
@id("work") permit (principal in Group::"engineers", action in Action::"shell.any", resource);
`;
/** Lines of 14 characters and a line break, in rounds; after each the program notes how far it has come. */
const [rounds, linesEach, lineBytes] = [300, 1_000, 16];
const flood = `for n in $(seq 1 ${rounds}); do seq -f line-%09g $((n * ${linesEach})) $((n * ${linesEach} + ${linesEach - 1})); echo $n >progress; done`;
/** Of everything that is on its way, wherever it is held. */
const mostAhead = 1024 * 1024;
/** Looks at a program that does not move after which it stands still. */
const stillLooks = 20;

test("a viewer that takes nothing in stops the program at the host; then everything comes, in order", async ({
  signal,
}) => {
  const desk = await openHostDesk(policies);
  const { sshd, gateway } = desk;
  try {
    const session = await gateway.gate.open(engineer, "host", "a flood");

    let screen = "";
    let outcome: string | undefined;
    let takeIn = () => {};
    const takesIn = new Promise<void>((resolve) => (takeIn = resolve));
    gateway.gate.join(session.id, {
      async show({ event }) {
        if (event.type === "outcome") outcome = event.state;
        if (event.type !== "screen") return;
        screen += event.text;
        if (screen.includes("line-000001000")) await takesIn;
      },
    });
    const terminal = await gateway.gate.terminal(session.id, engineer, { columns: 100, rows: 30 });
    await terminal.keys(`cd ${sshd.folder}; ${flood}\r`, engineer);

    const progress = join(sshd.folder, "progress");
    const come = () => (existsSync(progress) ? Number(readFileSync(progress, "utf8")) : 0);
    let most = 0;
    for (let still = 0; still < stillLooks;) {
      const now = come();
      still = now === most && screen.includes("line-000001000") ? still + 1 : 0;
      most = Math.max(most, now);
      expect(most * linesEach * lineBytes - screen.length).toBeLessThan(mostAhead);
      await sleep(20, undefined, { signal });
    }
    expect(most).toBeLessThan(rounds);
    expect(outcome).toBeUndefined();

    takeIn();
    await expect.poll(() => outcome, { timeout: 120_000 }).toBe("completed");
    const seen = [...screen.matchAll(/line-(\d{9})/g)].map(([, number]) => Number(number));
    expect(seen).toEqual(Array.from({ length: rounds * linesEach }, (_, n) => n + linesEach));
  } finally {
    await desk.stop();
  }
}, 240_000);
