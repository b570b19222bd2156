import { execFileSync } from "node:child_process";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Connection } from "ssh2";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import { isRefusedAddress } from "../../../targets/host.ts";
import { newKey } from "../testing/key.ts";
import { startServer, startTcp } from "../testing/server.ts";
import { startSshd, type Sshd, type SshdOptions } from "../testing/sshd.ts";
import { fingerprint } from "./host-key.ts";
import { scanHostKeys } from "./scan.ts";
import { forever, limits, open, refusalOf, until } from "./testing.ts";

let sshd: Sshd;
const stops: (() => Promise<void>)[] = [];

beforeAll(async () => {
  sshd = await startSshd({ hostKeyTypes: ["ed25519", "ecdsa", "rsa"] });
});
afterEach(async () => {
  for (const stop of stops.splice(0)) await stop();
});
afterAll(async () => {
  await sshd.stop();
});

/** Started for one test. */
async function passing<T extends { stop(): Promise<void> }>(starting: Promise<T>): Promise<T> {
  const started = await starting;
  stops.push(() => started.stop());
  return started;
}
const another = (options: SshdOptions): Promise<Sshd> => passing(startSshd(options));
const strange = (options: Parameters<typeof startServer>[0]) => passing(startServer(options));

describe("a host's key", () => {
  test("that is pinned lets the gateway in, by each algorithm", async () => {
    for (const key of sshd.hostKeys) {
      const backend = await open(sshd, { address: { hostKeys: [key] } });
      await backend.close();
    }
    expect(sshd.hostKeys.map((key) => key.split(" ")[0])).toEqual([
      "ssh-ed25519",
      "ecdsa-sha2-nistp256",
      "ssh-rsa",
    ]);
  });

  test("that is another one than pinned ends it before anything is sent, with both fingerprints", async () => {
    let asked = false;
    const server = await strange({
      meet: (connection) => connection.on("authentication", () => (asked = true)),
    });
    const pinned = newKey().publicKey;
    const [shown = ""] = server.hostKeys;
    expect(await refusalOf(open(server, { address: { hostKeys: [pinned] } }))).toMatchObject({
      code: "host_key_changed",
      extra: {
        shown: `ecdsa-sha2-nistp256 ${fingerprint(shown)}`,
        pinned: [`ecdsa-sha2-nistp256 ${fingerprint(pinned)}`],
      },
    });
    expect(asked).toBe(false);
  });

  test("of an algorithm that is not pinned is another key", async () => {
    const [ed25519 = ""] = sshd.hostKeys;
    const rsaOnly = await another({ hostKeyTypes: ["rsa"] });
    expect(await refusalOf(open(rsaOnly, { address: { hostKeys: [ed25519] } }))).toMatchObject({
      code: "host_key_changed",
      message: expect.stringMatching(/shows ssh-rsa SHA256:.+; pinned is ssh-ed25519 SHA256:/),
    });
  });

  test("where none is pinned nobody gets in", async () => {
    expect(await refusalOf(open(sshd, { address: { hostKeys: [] } }))).toMatchObject({
      code: "host_key_changed",
    });
  });

  test("is captured in all its kinds, with OpenSSH's fingerprints, and without signing in", async () => {
    const keys = await scanHostKeys({
      address: { host: "127.0.0.1", port: sshd.port, jumps: [] },
      credential: { jumps: [] },
      limits,
      signal: forever(),
    });
    expect(keys).toEqual(sshd.hostKeys);
    const file = join(sshd.folder, "scanned.pub");
    for (const key of keys) {
      writeFileSync(file, `${key}\n`);
      expect(execFileSync("ssh-keygen", ["-l", "-f", file], { encoding: "utf8" })).toContain(
        fingerprint(key),
      );
    }
  });

  test("cannot be captured where nothing listens", async () => {
    const { port, stop } = await startTcp("");
    await stop();
    const address = { host: "127.0.0.1", port, jumps: [] };
    expect(
      await refusalOf(scanHostKeys({ address, credential: { jumps: [] }, limits, signal: forever() })),
    ).toMatchObject({ code: "target_unreachable" });
  });
});

describe("who the gateway is", () => {
  test("is proven by a key with a passphrase, in OpenSSH's and PEM form", async () => {
    for (const form of [[], ["-m", "PEM"]]) {
      const file = join(sshd.folder, `id${form.length}`);
      execFileSync("ssh-keygen", ["-q", "-t", "rsa", "-b", "2048", ...form, "-N", "open sesame", "-f", file]);
      execFileSync("sh", ["-c", `cat ${file}.pub >>${join(sshd.folder, "authorized_keys")}`]);
      const privateKey = execFileSync("cat", [file], { encoding: "utf8" });
      const backend = await open(sshd, { credential: { privateKey, passphrase: "open sesame" } });
      await backend.close();
      expect(await refusalOf(open(sshd, { credential: { privateKey } }))).toMatchObject({
        code: "credential_unavailable",
        message: "The target's private key needs its passphrase.",
      });
      expect(
        await refusalOf(open(sshd, { credential: { privateKey, passphrase: "open barley" } })),
      ).toMatchObject({
        code: "credential_unavailable",
        message: "The passphrase does not open the target's private key.",
      });
    }
    expect(sshd.log()).toMatch(/Accepted key RSA/);
    expect(sshd.log()).not.toMatch(/signature algorithm ssh-rsa /);
  });

  test("is not proven by what is no private key", async () => {
    for (const [privateKey, message] of [
      ["not a key", /cannot be read/],
      [sshd.hostKeys[0] ?? "", /is a public key/],
    ] as const)
      expect(await refusalOf(open(sshd, { credential: { privateKey } }))).toMatchObject({
        code: "credential_unavailable",
        message: expect.stringMatching(message),
      });
  });

  test("where the host does not know the key, it says what the host offers", async () => {
    const { privateKey } = newKey();
    expect(await refusalOf(open(sshd, { credential: { privateKey } }))).toMatchObject({
      code: "target_refused",
      message:
        "The target does not accept the gateway's user and credential (tried: publickey; it offers publickey, keyboard-interactive).",
      extra: { offered: ["publickey", "keyboard-interactive"], tried: ["publickey"] },
    });
  });

  test("where the gateway has nothing that the host takes, nothing is tried", async () => {
    const { privateKey: _, ...nameless } = sshd;
    expect(await refusalOf(open(nameless))).toMatchObject({
      code: "target_refused",
      message: expect.stringMatching(/^The target offers publickey.*; the gateway has nothing for that\.$/),
      extra: { tried: [] },
    });
  });

  test("is proven by a password, and a wrong one never shows", async () => {
    const server = await strange({});
    await (await open(server)).close();
    const error = await refusalOf(open(server, { credential: { password: "hunter2" } }));
    expect(error).toMatchObject({ code: "target_refused" });
    expect(JSON.stringify(error) + String(error)).not.toContain("hunter2");
  });

  test("is proven by answers in their order over several rounds", async () => {
    const server = await strange({ authenticates: false, meet: asking(["one", "two", "three"]) });
    const backend = await open(server, { credential: { answers: ["one", "two", "three"] } });
    await backend.close();
    expect(await backend.closed).toBe("The gateway closed the connection.");
  });

  test("a question that was not foreseen is told, in one line", async () => {
    const server = await strange({ authenticates: false, meet: asking(["one", "two", "three"]) });
    expect(await refusalOf(open(server, { credential: { answers: ["one"] } }))).toMatchObject({
      code: "target_refused",
      message: "The target asks a question that the gateway has no answer to: “Question 2 [31m?”.",
    });
  });

  test("a password answers the one hidden question of PAM, and no other", async () => {
    const pam = await strange({ authenticates: false, meet: asking(["correct horse"]) });
    await (await open(pam)).close();
    const token = await strange({ authenticates: false, meet: asking(["correct horse", "123456"]) });
    expect(await refusalOf(open(token))).toMatchObject({ code: "target_refused" });
  });

  test("a host that wants two proofs gets both", async () => {
    const server = await strange({
      authenticates: false,
      meet: (connection) =>
        connection.on("authentication", (context) => {
          if (context.method === "publickey") context.reject(["password"], true);
          else if (context.method === "password" && context.password === "correct horse") context.accept();
          else context.reject(["publickey"]);
        }),
    });
    const { privateKey } = newKey();
    const backend = await open(server, { credential: { privateKey } });
    await backend.close();
    expect(await backend.closed).toBe("The gateway closed the connection.");
  });
});

/** Asks for these, the first alone and the others together. */
const asking = (expected: string[]) => (connection: Connection) => {
  connection.on("authentication", (context) => {
    if (context.method !== "keyboard-interactive") return context.reject(["keyboard-interactive"]);
    const questions = expected.map((_, index) => ({
      prompt: `Question ${index + 1}\n\u001b[31m?`,
      echo: false,
    }));
    const answers: string[] = [];
    const ask = (from: number, to: number) =>
      context.prompt(questions.slice(from, to), (given: string[]) => {
        answers.push(...given);
        if (answers.length < expected.length) ask(1, expected.length);
        else if (answers.join() === expected.join()) context.accept();
        else context.reject([]);
      });
    ask(0, 1);
  });
};

describe("a host that", () => {
  test("is at a refused address is not spoken to, whatever its name", async () => {
    let met = false;
    const server = await strange({ meet: () => (met = true) });
    const refuse = { limits: { isRefusedAddress: (ip: string) => ip.startsWith("127.") || ip === "::1" } };
    for (const host of ["127.0.0.1", "localhost"])
      expect(await refusalOf(open(server, { ...refuse, address: { host } }))).toMatchObject({
        code: "target_refused",
        message: "The target's name leads to an address that the gateway never connects to.",
      });
    expect(met).toBe(false);
    expect(
      await refusalOf(open(server, { limits: { isRefusedAddress }, address: { host: "169.254.169.254" } })),
    ).toMatchObject({ code: "target_refused" });
  });

  test("has no name, no port or no SSH is said to be so", async () => {
    const web = await passing(startTcp("HTTP/1.1 400 Bad Request\r\n\r\n"));
    const mute = await passing(startTcp(""));
    const gone = await startTcp("");
    await gone.stop();
    const [hostKey = ""] = sshd.hostKeys;
    const at = (port: number) => ({ port, hostKeys: [hostKey], user: "someone", password: "x" });
    for (const [opening, message] of [
      [() => open(sshd, { address: { host: "no-such-host.invalid" } }), /host name/],
      [() => open(at(gone.port)), /^Nothing listens at the target's address\.$/],
      [() => open(at(web.port)), /hung up before|does not speak SSH/],
      [
        () => open(at(mute.port), { limits: { connectTimeoutMs: 200 } }),
        /^The target did not answer in time\.$/,
      ],
    ] as const)
      expect(await refusalOf(opening())).toMatchObject({
        code: expect.stringMatching(/^target_(unreachable|refused)$/),
        message: expect.stringMatching(message),
      });
  });

  test("offers weak algorithms alone is refused, by name", async () => {
    for (const [config, what] of [
      ["KexAlgorithms diffie-hellman-group14-sha1", "key exchange algorithm"],
      ["Ciphers aes256-cbc", "cipher"],
      ["Ciphers chacha20-poly1305@openssh.com", "cipher"],
      ["HostKeyAlgorithms ssh-rsa", "host key format"],
    ] as const) {
      const weak = await another({ hostKeyTypes: ["rsa"], config: [config] });
      expect(await refusalOf(open(weak))).toMatchObject({
        code: "target_refused",
        message: `The target and the gateway have no ${what} in common.`,
        hint: expect.stringContaining("SHA-1"),
      });
    }
    const weakMac = await another({ config: ["Ciphers aes256-ctr", "MACs hmac-sha1"] });
    expect(await refusalOf(open(weakMac))).toMatchObject({
      message: expect.stringContaining("no MAC in common"),
    });
  });

  test("is given up on leaves no connection behind", async () => {
    const mute = await passing(startTcp(""));
    const abort = new AbortController();
    const opening = refusalOf(
      open({ port: mute.port, hostKeys: [], user: "someone" }, { signal: abort.signal }),
    );
    abort.abort();
    expect(await opening).toMatchObject({ code: "cancelled" });
    expect(await refusalOf(open(sshd, { signal: AbortSignal.abort() }))).toMatchObject({ code: "cancelled" });
  });

  test("is disabled is not spoken to", async () => {
    expect(await refusalOf(open(sshd, { disabled: true }))).toMatchObject({ code: "target_disabled" });
  });

  test("opens channels by itself is refused each of them", async () => {
    const refused: string[] = [];
    const server = await strange({
      meet: (connection) =>
        connection.on("ready", () => {
          for (const [name, opening] of [
            ["x11", (done: Done) => connection.x11("127.0.0.1", 6000, done)],
            ["forwarded-tcpip", (done: Done) => connection.forwardOut("127.0.0.1", 22, "10.0.0.1", 22, done)],
            ["auth-agent", (done: Done) => openAgentChannel(connection, done)],
            [
              "forwarded-streamlocal",
              (done: Done) => connection.openssh_forwardOutStreamLocal("/tmp/agent.sock", done),
            ],
          ] as const)
            opening((error) => refused.push(`${name}: ${error === undefined ? "open" : "refused"}`));
        }),
    });
    const backend = await open(server);
    await until(() => refused.length === 4);
    expect(refused.toSorted()).toEqual([
      "auth-agent: refused",
      "forwarded-streamlocal: refused",
      "forwarded-tcpip: refused",
      "x11: refused",
    ]);
    await backend.close();
  });
});

type Done = (error: Error | undefined) => void;

/** ssh2's server has this in its protocol alone. */
function openAgentChannel(connection: Connection, done: Done): void {
  const id: unknown = Reflect.get(connection, "_chanMgr").add(Object.assign(done, { type: "auth-agent" }));
  Reflect.get(connection, "_protocol").openssh_authAgent(id, 1 << 20, 1 << 15);
}
