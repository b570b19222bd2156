import { execFile, type ExecFileException } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Client, type ClientChannel, type SFTPWrapper } from "ssh2";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import { startBastion, type Bastion } from "./bastion.ts";

let dataDir: string;
let bastion: Bastion;
const clients: Client[] = [];

beforeAll(async () => {
  dataDir = mkdtempSync(join(tmpdir(), "sluice-bastion-"));
  bastion = await startBastion({ dataDir });
});
afterEach(() => {
  for (const client of clients.splice(0)) client.end();
});
afterAll(async () => {
  await bastion.close();
  rmSync(dataDir, { recursive: true });
});

function connect(parts: { username?: string; privateKey?: string } = {}): Promise<Client> {
  const client = new Client();
  clients.push(client);
  return new Promise((resolve, reject) => {
    client.once("ready", () => resolve(client));
    client.once("error", reject);
    const { host, port, user: username, privateKey } = bastion;
    client.connect({ host, port, username, privateKey, ...parts });
  });
}

type Outcome = { stdout: string; stderr: string; code: number | null; signal?: string | undefined };

function collect(channel: ClientChannel): Promise<Outcome> {
  const outcome: Outcome = { stdout: "", stderr: "", code: null };
  channel.on("data", (bytes: Buffer) => (outcome.stdout += bytes.toString()));
  channel.stderr.on("data", (bytes: Buffer) => (outcome.stderr += bytes.toString()));
  channel.on("exit", (code: number | null, signal?: string) => Object.assign(outcome, { code, signal }));
  return new Promise((resolve) => channel.on("close", () => resolve(outcome)));
}

const start = (client: Client, command: string): Promise<ClientChannel> =>
  new Promise((resolve, reject) => {
    client.exec(command, (error, channel) => (error === undefined ? resolve(channel) : reject(error)));
  });

async function run(client: Client, command: string, stdin = ""): Promise<Outcome> {
  const channel = await start(client, command);
  channel.end(stdin);
  return await collect(channel);
}

describe("the bastion", () => {
  test("tells the demo's story", async () => {
    const client = await connect();
    expect((await run(client, "whoami; hostname; pwd")).stdout).toBe("demo\nbastion\n/home/demo\n");
    expect((await run(client, "tail -n 3 /var/log/shop/app.log")).stdout).toMatch(/@mail\.example/);
    expect((await run(client, "grep -c ERROR /var/log/shop/app.log")).stdout).toBe("15\n");
    expect((await run(client, "cat ~/.ssh/id_ed25519")).stdout).toContain("OPENSSH PRIVATE KEY");
    expect((await run(client, "cat shop/.env | grep SECRET")).stdout).toContain("made-up");
    expect((await run(client, "sudo rm -rf /")).stderr).toBe("demo is not in the sudoers file.\n");
    const other = await connect();
    expect(await run(other, "rm -rf /var/log/nginx && ls /var/log")).toMatchObject({
      stdout: "auth.log\nshop\n",
      code: 0,
    });
    expect((await run(client, "ls /var/log")).stdout).toBe("auth.log\nshop\n");
  });

  test("gives exit codes, stderr and what a command reads", async () => {
    const client = await connect();
    expect(await run(client, "wc -c; echo no >&2; exit 7", "12345")).toMatchObject({
      stdout: expect.stringContaining("5"),
      stderr: "no\n",
      code: 7,
    });
    expect(await run(client, "no-such-program")).toMatchObject({ code: 127 });
    expect(await run(client, "echo 'unfinished")).toMatchObject({ code: 2 });
  });

  test("keeps directory and variables from one exec to the next of a connection, and no other's", async () => {
    const [client, other] = [await connect(), await connect()];
    await run(client, "cd /var/log; export STAGE=test; plain=1");
    expect((await run(client, "pwd; echo $STAGE $plain; cd -")).stdout).toBe(
      "/var/log\ntest 1\n/home/demo\n",
    );
    expect((await run(client, "pwd; unset STAGE")).stdout).toBe("/home/demo\n");
    expect((await run(client, "echo [$STAGE]")).stdout).toBe("[]\n");
    expect((await run(other, "pwd; echo [$plain]")).stdout).toBe("/home/demo\n[]\n");
  });

  test("knows nothing of the machine that it runs on", async () => {
    const client = await connect();
    process.env["SLUICE_TEST_SECRET"] = "hunter2";
    const secret = join(dataDir, "outside");
    writeFileSync(secret, "hunter2");
    for (const command of [
      "env",
      `cat ${secret}`,
      "ls -la /proc/self/",
      "cat /proc/self/environ",
      "cat /etc/shadow",
      "ls /root /usr /bin",
    ])
      expect(JSON.stringify(await run(client, command))).not.toMatch(/hunter2|vitest|node_modules/);
    let reached = 0;
    const listener = createServer((socket) => {
      reached += 1;
      socket.destroy();
    });
    await new Promise<void>((resolve) => listener.listen(0, "127.0.0.1", resolve));
    const address = listener.address();
    const port = typeof address === "object" && address !== null ? address.port : 0;
    for (const command of [
      `curl http://127.0.0.1:${port}`,
      `wget http://127.0.0.1:${port}`,
      `echo x >/dev/tcp/127.0.0.1/${port}`,
      `exec 3<>/dev/tcp/127.0.0.1/${port}; cat <&3`,
      `python3 -c "import socket; socket.create_connection(('127.0.0.1', ${port}))"`,
      `js-exec -c "fetch('http://127.0.0.1:${port}')"`,
      `ssh -p ${port} 127.0.0.1`,
      `nc 127.0.0.1 ${port}`,
    ])
      await run(client, command);
    expect(reached).toBe(0);
    await new Promise((resolve) => listener.close(resolve));
  });

  test("ends what loops, sleeps or floods, and answers others meanwhile", async () => {
    const [client, other] = [await connect(), await connect()];
    expect((await run(client, "while true; do :; done")).code).not.toBe(0);
    const sleeping = await start(client, "sleep 1000");
    sleeping.end();
    const outcome = collect(sleeping);
    expect((await run(other, "echo here")).stdout).toBe("here\n");
    sleeping.signal("KILL");
    sleeping.close();
    await outcome;
    expect((await run(other, "seq 1 100000000 | tail -n 1")).stdout.length).toBeLessThan(2_000_000);
    expect(
      (await run(other, "while true; do echo aaaaaaaaaaaaaaaaaaaaaaaaaaaa >>/tmp/full; done")).code,
    ).not.toBe(0);
    expect((await run(other, "echo on")).stdout).toBe("on\n");
  });

  test("does not hold the gateway up while it thinks", async () => {
    const client = await connect();
    let beats = 0;
    const beating = setInterval(() => (beats += 1), 5);
    await run(client, "while true; do echo x >/dev/null; done");
    clearInterval(beating);
    expect(beats).toBeGreaterThan(5);
  });

  test("lets in one key of one user, and nothing is forwarded", async () => {
    await expect(connect({ username: "root" })).rejects.toThrow(/authentication/);
    const stranger = await startBastion({ dataDir: join(dataDir, "other") });
    await expect(connect({ privateKey: stranger.privateKey })).rejects.toThrow(/authentication/);
    await stranger.close();
    const client = await connect();
    await expect(
      new Promise((_, reject) => client.forwardOut("127.0.0.1", 1, "127.0.0.1", bastion.port, reject)),
    ).rejects.toThrow(/open failure/);
    await expect(new Promise((_, reject) => client.forwardIn("127.0.0.1", 0, reject))).rejects.toThrow(
      /bind/,
    );
  });

  test("keeps its keys, which are its owner's alone", async () => {
    const again = await startBastion({ dataDir });
    expect([again.hostKey, again.privateKey]).toEqual([bastion.hostKey, bastion.privateKey]);
    await again.close();
    for (const name of ["host-key.pem", "user-key.pem"])
      expect(statSync(join(dataDir, "bastion", name)).mode & 0o777).toBe(0o600);
  });

  test("speaks to OpenSSH's own client", async () => {
    const key = join(dataDir, "bastion", "user-key.pem");
    writeFileSync(join(dataDir, "known_hosts"), `[127.0.0.1]:${bastion.port} ${bastion.hostKey}\n`);
    const options = [
      ["-i", key, "-p", String(bastion.port), "-o", `UserKnownHostsFile=${join(dataDir, "known_hosts")}`],
      ["-o", "StrictHostKeyChecking=yes", "-o", "BatchMode=yes", "-F", "none"],
    ].flat();
    const { stdout } = await promised("ssh", [...options, "demo@127.0.0.1", "head -n 1 README.txt"]);
    expect(stdout).toBe(`${readmeLine}\n`);
  });
});

const readmeLine =
  "This host is a demonstration. It lives in the gateway's memory: its files, its secrets and";

function promised(
  file: string,
  args: string[],
): Promise<{ stdout: string; error: ExecFileException | null }> {
  return new Promise((resolve) => {
    execFile(file, args, (error, stdout) => resolve({ stdout, error })).stdin?.end();
  });
}

describe("its shell for people", () => {
  test("echoes, edits, keeps its directory, and ends", async () => {
    const client = await connect();
    const channel = await new Promise<ClientChannel>((resolve, reject) => {
      client.shell({ term: "xterm" }, (error, opened) =>
        error === undefined ? resolve(opened) : reject(error),
      );
    });
    let screen = "";
    channel.on("data", (bytes: Buffer) => (screen += bytes.toString()));
    const shows = async (text: string) => await expect.poll(() => screen).toContain(text);
    await shows("demo@bastion:~$ ");
    channel.write("cd /var/lot\u007fg\rpwd\r");
    await shows("/var/log\r\ndemo@bastion:/var/log$ ");
    channel.write("\u001b[Aecho ärger\r");
    await shows("\r\närger\r\n");
    channel.write("rubbish\u0015sleep 1000\r");
    await shows("sleep 1000\r\n");
    channel.write("\u0003");
    channel.write("echo after\r");
    await shows("\r\nafter\r\n");
    channel.write("half a line\u0003");
    await shows("^C\r\ndemo@bastion:/var/log$ ");
    const closed = new Promise((resolve) => channel.on("close", resolve));
    channel.write("\u0004");
    await closed;
    expect(screen).toMatch(/logout\r\n$/);
  });
});

describe("its files", () => {
  const sftpOf = (client: Client): Promise<SFTPWrapper> =>
    new Promise((resolve, reject) => client.sftp((error, sftp) => (error ? reject(error) : resolve(sftp))));
  const asked = <T>(ask: (answer: (error: Error | null | undefined, value: T) => void) => void): Promise<T> =>
    new Promise((resolve, reject) => ask((error, value) => (error ? reject(error) : resolve(value))));

  test("are those of the shell: listed, read, written, renamed, removed", async () => {
    const client = await connect();
    const sftp = await sftpOf(client);
    const entries = await asked<{ filename: string }[]>((answer) => sftp.readdir("shop", answer));
    expect(entries.map((entry) => entry.filename).toSorted()).toEqual([
      ".env",
      "clean.sh",
      "config.yaml",
      "deploy.sh",
    ]);
    const bytes = Buffer.alloc(300_000, "line of text\n");
    await asked<void>((answer) => sftp.writeFile("upload.part", bytes, (error) => answer(error)));
    await asked<void>((answer) => sftp.rename("upload.part", "upload", (error) => answer(error)));
    expect((await run(client, "wc -c <upload; ls upload.part")).stdout.trim()).toBe("300000");
    expect((await asked<Buffer>((answer) => sftp.readFile("/home/demo/upload", answer))).equals(bytes)).toBe(
      true,
    );
    const stats = await asked<{ size: number; isFile(): boolean }>((answer) => sftp.stat("upload", answer));
    expect([stats.size, stats.isFile()]).toEqual([300_000, true]);
    await asked<void>((answer) => sftp.unlink("upload", (error) => answer(error)));
    await expect(asked((answer) => sftp.stat("upload", answer))).rejects.toMatchObject({ code: 2 });
    expect(await asked<string>((answer) => sftp.realpath(".", answer))).toBe("/home/demo");
  });

  test("are called by the name to which links lead, as OpenSSH's are", async () => {
    const client = await connect();
    const sftp = await sftpOf(client);
    await run(client, "ln -s /home/demo/.ssh/id_ed25519 /tmp/harmless; ln -s /home/demo/.ssh /tmp/way");
    const real = (path: string) => asked<string>((answer) => sftp.realpath(path, answer));
    expect(await real("/tmp/harmless")).toBe("/home/demo/.ssh/id_ed25519");
    expect(await real("/tmp/way/new")).toBe("/home/demo/.ssh/new");
    await expect(real("/tmp/none/new")).rejects.toMatchObject({ code: 2 });
  });

  test("are bounded, and none is the machine's", async () => {
    const sftp = await sftpOf(await connect());
    await expect(
      asked<void>((answer) => sftp.writeFile("big", Buffer.alloc(5 * 1024 * 1024), (error) => answer(error))),
    ).rejects.toMatchObject({ code: 4 });
    await expect(
      asked((answer) => sftp.readFile(join(dataDir, "known_hosts"), answer)),
    ).rejects.toMatchObject({
      code: 2,
    });
    expect(readFileSync(join(dataDir, "bastion", "user-key.pem"), "utf8")).toContain("PRIVATE KEY");
  });
});
