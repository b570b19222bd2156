import { once } from "node:events";
import { connect, createServer, type Socket } from "node:net";

/**
 * A relay before a PostgreSQL that knows where one request ends and the next begins, so that a test can end the world
 * between any two of them. Whatever a process does to the world goes through such relays: cutting before each request
 * in turn walks all states in which a crash can leave it.
 */
export type Wire = {
  port: number;
  /**
   * Asked before each request is passed on, with what its connection said of itself when it began; false: nothing
   * passes any more on this connection.
   */
  tap: (request: Buffer, startup: string) => boolean;
  /** Ends all connections; new ones are welcome. */
  cut(): void;
  close(): Promise<void>;
};

const sslRequest = 80877103;
/** Simple query, Sync and Flush: until one of these the server may keep what it was sent to itself. */
const endsRequest = new Set(["Q", "S", "H"]);

export async function relayTo(url: string): Promise<Wire> {
  const { hostname, port } = new URL(url);
  const sockets = new Set<Socket>();
  const server = createServer((client) => {
    const upstream = connect(Number(port), hostname);
    for (const socket of [client, upstream]) {
      sockets.add(socket);
      socket.setNoDelay(true);
      socket.on("error", () => undefined);
      socket.on("close", () => {
        sockets.delete(socket);
        client.destroy();
        upstream.destroy();
      });
    }
    const requests = splitter();
    let startup = "";
    client.on("data", (bytes) => {
      for (const request of requests(bytes)) {
        if (client.destroyed) return;
        startup ||= request.toString("latin1");
        if (wire.tap(request, startup)) upstream.write(request);
        else client.destroy();
      }
    });
    upstream.pipe(client);
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  if (address === null || typeof address === "string") throw new Error("a relay listens on a port");
  const wire: Wire = {
    port: address.port,
    tap: () => true,
    cut() {
      for (const socket of sockets) socket.destroy();
    },
    async close() {
      wire.cut();
      server.close();
      await once(server, "close");
    },
  };
  return wire;
}

/** The same database through a relay. */
export function through(url: string, { port }: Wire): string {
  const relayed = new URL(url);
  relayed.hostname = "127.0.0.1";
  relayed.port = String(port);
  return relayed.href;
}

/** Cuts what a frontend sends into requests (PostgreSQL's documentation, "Message Formats"). */
function splitter(): (bytes: Buffer) => Buffer[] {
  let pending = Buffer.alloc(0);
  let begun = 0;
  let started = false;
  return (bytes) => {
    pending = Buffer.concat([pending, bytes]);
    const requests: Buffer[] = [];
    const take = (to: number) => {
      requests.push(pending.subarray(0, to));
      pending = pending.subarray(to);
      begun = 0;
    };
    for (;;) {
      const typed = started ? 1 : 0;
      if (pending.length < begun + typed + 4) return requests;
      const end = begun + typed + pending.readInt32BE(begun + typed);
      if (pending.length < end) return requests;
      if (!started) {
        started = pending.readInt32BE(begun + 4) !== sslRequest;
        take(end);
      } else if (endsRequest.has(String.fromCharCode(pending[begun] ?? 0))) take(end);
      else if (
        String.fromCharCode(pending[begun] ?? 0) === "X" ||
        String.fromCharCode(pending[begun] ?? 0) === "p"
      )
        take(end);
      else begun = end;
    }
  };
}
