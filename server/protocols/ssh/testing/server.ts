import { createServer, type Socket } from "node:net";
import { Server, type Connection } from "ssh2";
import { newKey } from "./key.ts";

/** An SSH server of our own, for what OpenSSH does not do: lie, ask strange questions, open channels by itself. */
export type StrangeServer = {
  port: number;
  hostKeys: string[];
  user: string;
  password: string;
  stop(): Promise<void>;
};

/** `meet` sees each connection first; the server then lets in whoever brings its password, where it does not decide. */
export async function startServer(
  options: {
    meet?: (connection: Connection) => void;
    authenticates?: boolean;
  } = {},
): Promise<StrangeServer> {
  const hostKey = newKey();
  const password = "correct horse";
  const connections = new Set<Connection>();
  const server = new Server({ hostKeys: [hostKey.privateKey] }, (connection) => {
    connections.add(connection);
    connection.on("error", () => undefined);
    connection.on("close", () => connections.delete(connection));
    options.meet?.(connection);
    if (options.authenticates === false) return;
    connection.on("authentication", (context) => {
      if (context.method === "password" && context.password === password) context.accept();
      else context.reject(["password"]);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    port: portOf(server.address()),
    hostKeys: [hostKey.publicKey],
    user: "someone",
    password,
    async stop() {
      for (const connection of connections) connection.end();
      await new Promise<void>((resolve) => server.close(() => resolve()));
    },
  };
}

/** A TCP server that says this and no more to whoever connects. */
export async function startTcp(greeting: string): Promise<{ port: number; stop(): Promise<void> }> {
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    sockets.add(socket);
    socket.on("error", () => undefined);
    if (greeting !== "") socket.end(greeting);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    port: portOf(server.address()),
    async stop() {
      for (const socket of sockets) socket.destroy();
      await new Promise<void>((resolve) => server.close(() => resolve()));
    },
  };
}

function portOf(address: ReturnType<Server["address"]>): number {
  if (address === null || typeof address === "string") throw new Error("no port");
  return address.port;
}
