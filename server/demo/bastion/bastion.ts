import { generateKeyPairSync } from "node:crypto";
import { join } from "node:path";
import ssh2, { type AuthContext, type ParsedKey } from "ssh2";
import { kept } from "../kept.ts";
import { HOST, USER } from "./house.ts";
import { Machine } from "./machine.ts";
import { serveFiles } from "./files.ts";
import { serveSession } from "./session.ts";

/** Connections at once; the gateway has one for each of its sessions. */
const MAX_CONNECTIONS = 32;

export type Bastion = {
  host: string;
  port: number;
  /** As `known_hosts` has it, without the name. */
  hostKey: string;
  user: string;
  /** In PEM form. */
  privateKey: string;
  close(): Promise<void>;
};

/**
 * Starts the demo's SSH host on loopback: a real SSH server before a shell and files that exist in memory alone, so
 * that whatever runs there reaches nothing of this machine (docs/adr/0009-demo-bastion.md). Its host key and the one
 * key that it lets in are kept in the data folder. Port 0 or none: any that is free.
 */
export async function startBastion(options: { dataDir: string; port?: number }): Promise<Bastion> {
  const folder = join(options.dataDir, HOST);
  const hostKeyText = kept(join(folder, "host-key.pem"), newPrivateKey);
  const privateKey = kept(join(folder, "user-key.pem"), newPrivateKey);
  const allowed = read(privateKey);
  const machine = new Machine();
  const server = new ssh2.Server({ hostKeys: [hostKeyText] }, (connection) => {
    if (connections.size >= MAX_CONNECTIONS) return void connection.end();
    connections.add(connection);
    connection.on("close", () => connections.delete(connection));
    // Whoever hangs up in the middle of something ends only that.
    connection.on("error", () => undefined);
    connection.on("authentication", (context) => {
      if (isAllowed(context, allowed)) context.accept();
      else context.reject(["publickey"]);
    });
    connection.on("ready", () => {
      const shell = { state: undefined };
      connection.on("session", (accept) => {
        const session = accept();
        serveSession(session, machine, shell);
        session.on("sftp", (acceptSftp) => serveFiles(acceptSftp(), machine));
      });
    });
  });
  const connections = new Set<{ end(): void }>();
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject);
    server.listen(options.port ?? 0, "127.0.0.1", resolve);
  });
  const address = server.address();
  if (address === null || typeof address === "string") throw new Error("the bastion has no port");
  const hostKey = read(hostKeyText);
  return {
    host: "127.0.0.1",
    port: address.port,
    hostKey: `${hostKey.type} ${hostKey.getPublicSSH().toString("base64")}`,
    user: USER,
    privateKey,
    async close() {
      for (const connection of connections) connection.end();
      await new Promise<void>((resolve) => server.close(() => resolve()));
      await machine.stop();
    },
  };
}

/** By Node: ssh2 cannot read some of the keys that it generates itself. */
const newPrivateKey = (): string =>
  generateKeyPairSync("ec", {
    namedCurve: "P-256",
    publicKeyEncoding: { type: "spki", format: "pem" },
    privateKeyEncoding: { type: "sec1", format: "pem" },
  }).privateKey;

function read(text: string): ParsedKey {
  const key = ssh2.utils.parseKey(text);
  if (key instanceof Error) throw key;
  return key;
}

/** RFC 4252, 7: at first without a signature, to ask whether the key would do. */
function isAllowed(context: AuthContext, allowed: ParsedKey): boolean {
  if (context.method !== "publickey" || context.username !== USER) return false;
  if (!context.key.data.equals(allowed.getPublicSSH())) return false;
  if (context.signature === undefined || context.blob === undefined) return true;
  // Where it cannot verify at all it gives an Error, whatever its types say.
  const verdict: unknown = allowed.verify(context.blob, context.signature, context.hashAlgo);
  return verdict === true;
}
