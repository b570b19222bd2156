import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import { isRefusedAddress } from "../../../targets/host.ts";
import { startSshd, type Sshd, type SshdOptions } from "../testing/sshd.ts";
import { open, outcomeOf, refusalOf, run } from "./testing.ts";

let sshd: Sshd;
const started: Sshd[] = [];

beforeAll(async () => {
  sshd = await startSshd();
});
afterEach(async () => {
  for (const one of started.splice(0)) await one.stop();
});
afterAll(() => sshd.stop());

/** Started for one test. */
async function another(options: SshdOptions): Promise<Sshd> {
  const one = await startSshd(options);
  started.push(one);
  return one;
}

describe("jump hosts", () => {
  const jumpAt = (host: Sshd, hostKeys = host.hostKeys) => ({
    host: "127.0.0.1",
    port: host.port,
    user: host.user,
    hostKeys,
  });

  test("lead to the target, each with a key and a proof of its own", async () => {
    const [first, second] = [await another({}), await another({})];
    const backend = await open(sshd, {
      address: { jumps: [jumpAt(first), jumpAt(second)] },
      credential: { jumps: [{ privateKey: first.privateKey }, { privateKey: second.privateKey }] },
    });
    expect((await outcomeOf(run(backend, "echo there"))).stdout).toBe("there\n");
    expect((await outcomeOf(run(backend, "head -c 3000000 /dev/zero"))).stdout).toHaveLength(3_000_000);
    await backend.close();
    expect(second.log()).not.toContain(`Connection from 127.0.0.1 port ${sshd.port}`);
    expect(await backend.closed).toBe("The gateway closed the connection.");
  });

  test("that die take the connection with them", async () => {
    const jump = await another({});
    const backend = await open(sshd, {
      address: { jumps: [jumpAt(jump)] },
      credential: { jumps: [{ privateKey: jump.privateKey }] },
    });
    const chunks = run(backend, "echo on; sleep 60")[Symbol.asyncIterator]();
    await chunks.next();
    jump.dropConnections();
    await expect(chunks.next()).rejects.toMatchObject({ extra: { outcome: "unknown" } });
    expect(await backend.closed).toBe("The connection to the target was lost.");
  });

  test("that fail are named", async () => {
    const [first, closed] = [await another({}), await another({ config: ["AllowTcpForwarding no"] })];
    const through = (jumps: Sshd[], proofs: { privateKey: string }[], keys?: string[]) =>
      refusalOf(
        open(sshd, {
          address: { jumps: jumps.map((jump) => jumpAt(jump, keys)) },
          credential: { jumps: proofs },
        }),
      );
    expect(await through([first, closed], [first, sshd])).toMatchObject({
      code: "target_refused",
      message: expect.stringMatching(/^Jump host 2 \(127\.0\.0\.1\): The target does not accept/),
      extra: { hop: 2, tried: ["publickey"] },
    });
    expect(await through([closed], [closed])).toMatchObject({
      code: "target_refused",
      message: "The jump host 127.0.0.1 does not let the gateway go on to 127.0.0.1.",
      hint: expect.stringContaining("AllowTcpForwarding"),
    });
    expect(await through([first], [first], sshd.hostKeys)).toMatchObject({
      code: "host_key_changed",
      extra: { hop: 1 },
    });
  });

  test("do not lead to an address that is refused", async () => {
    const jump = await another({});
    expect(
      await refusalOf(
        open(sshd, {
          address: { host: "169.254.169.254", jumps: [jumpAt(jump)] },
          credential: { jumps: [{ privateKey: jump.privateKey }] },
          limits: { isRefusedAddress },
        }),
      ),
    ).toMatchObject({ code: "target_refused", message: expect.stringContaining("never connects to") });
  });
});
