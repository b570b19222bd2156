import { once } from "node:events";
import { Agent, request, type IncomingMessage } from "node:http";
import pg from "pg";
import Cursor from "pg-cursor";
import { WebSocket } from "ws";
import type { SqlCommand } from "../../shared/nouns/command.ts";
import { windowBytes, type ServerFrame } from "../../shared/contract/frames.ts";
import type { RecordingEvent } from "../../shared/recording/format.ts";
import type { Gateway } from "./gateway.ts";
import type { Query, Shape } from "./work.ts";

/** One client on one connection: runs a query and takes in all its rows. Throws where it did not complete. */
export type Client = { run(query: Query, shape: Shape): Promise<number>; close(): Promise<void> };

export type Path = "direct" | "rest" | "socket";
export const paths: readonly Path[] = ["direct", "rest", "socket"];

/** Rows that the direct client takes at a time from its cursor. */
const cursorRows = 5_000;
const textual: pg.CustomTypesConfig = { getTypeParser: () => (value: string) => value };

/** `pg` on the target itself: values as text, rows as arrays, the stream through a cursor. */
export async function openDirect(url: string): Promise<Client> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  return {
    async run({ sql, parameters }, shape) {
      if (shape !== "stream")
        return (await client.query({ text: sql, values: parameters, rowMode: "array", types: textual })).rows
          .length;
      const cursor = client.query(new Cursor(sql, parameters, { rowMode: "array", types: textual }));
      let rows = 0;
      for (let taken = -1; taken !== 0;) {
        taken = (await cursor.read(cursorRows)).length;
        rows += taken;
      }
      await cursor.close();
      return rows;
    },
    close: () => client.end(),
  };
}

export async function openRest(gateway: Gateway, token: string): Promise<Client> {
  const agent = new Agent({ keepAlive: true, maxSockets: 1 });
  const session = await openSession(gateway, token);
  const url = `${gateway.origin}/api/sessions/${session}/commands`;
  return {
    async run({ sql, parameters, maxRows }, shape) {
      const body = JSON.stringify({ sql, parameters, maxRows });
      const call = request(url, {
        method: "POST",
        agent,
        headers: {
          authorization: `Bearer ${token}`,
          "content-type": "application/json",
          "content-length": Buffer.byteLength(body),
          ...(shape === "stream" && { accept: "application/x-ndjson" }),
        },
      });
      call.end(body);
      const [response] = (await once(call, "response")) as [IncomingMessage];
      if (shape === "stream") return countEvents(response);
      const chunks: Buffer[] = [];
      for await (const chunk of response as AsyncIterable<Buffer>) chunks.push(chunk);
      const command = JSON.parse(Buffer.concat(chunks).toString("utf8")) as SqlCommand;
      return completed(command, command.result?.rows.length ?? 0);
    },
    async close() {
      agent.destroy();
      await gateway.call(token, "DELETE", `/api/sessions/${session}`);
    },
  };
}

async function countEvents(response: IncomingMessage): Promise<number> {
  let rows = 0;
  let state = `HTTP ${response.statusCode}`;
  for await (const line of linesOf(response)) {
    const event = JSON.parse(line) as RecordingEvent;
    if (event.type === "rows") rows += event.rows.length;
    if (event.type === "outcome") state = event.state;
  }
  return completed({ state }, rows);
}

async function* linesOf(response: IncomingMessage): AsyncGenerator<string> {
  let parts: Buffer[] = [];
  for await (const chunk of response as AsyncIterable<Buffer>) {
    let from = 0;
    for (let end = chunk.indexOf(10); end >= 0; end = chunk.indexOf(10, from)) {
      yield Buffer.concat([...parts, chunk.subarray(from, end)]).toString("utf8");
      parts = [];
      from = end + 1;
    }
    parts.push(chunk.subarray(from));
  }
}

export async function openSocket(gateway: Gateway, token: string): Promise<Client> {
  const session = await openSession(gateway, token);
  const path = `/api/sessions/${session}/stream`;
  const { ticket } = (await gateway.call(token, "POST", "/api/tickets", { purpose: path })) as {
    ticket: string;
  };
  const socket = new WebSocket(`${gateway.origin.replace("http", "ws")}${path}?ticket=${ticket}`, {
    perMessageDeflate: false,
  });
  await once(socket, "open");
  let key = 0;
  let [received, acknowledged] = [0, 0];
  let rows = 0;
  let settle: { resolve: (rows: number) => void; reject: (error: Error) => void } | undefined;
  socket.on("message", (data: Buffer) => {
    received += data.length;
    const frame = JSON.parse(data.toString("utf8")) as ServerFrame;
    if (received - acknowledged > windowBytes / 4) {
      acknowledged = received;
      socket.send(JSON.stringify({ type: "ack", bytes: received }));
    }
    if (frame.type === "event" && frame.event.type === "rows") rows += frame.event.rows.length;
    if (frame.type === "refused") settle?.reject(new Error(JSON.stringify(frame.problem)));
    if (frame.type === "command")
      try {
        settle?.resolve(completed(frame.command, rows));
      } catch (error) {
        settle?.reject(error as Error);
      }
  });
  return {
    run({ sql, parameters, maxRows }) {
      rows = 0;
      return new Promise((resolve, reject) => {
        settle = { resolve, reject };
        socket.send(JSON.stringify({ type: "run", key: String(++key), input: { sql, parameters, maxRows } }));
      });
    },
    async close() {
      socket.close();
      await gateway.call(token, "DELETE", `/api/sessions/${session}`);
    },
  };
}

async function openSession(gateway: Gateway, token: string): Promise<string> {
  const opened = await gateway.call(token, "POST", "/api/sessions", { target: "bench", reason: "bench" });
  return (opened as { id: string }).id;
}

function completed(command: { state: string }, rows: number): number {
  if (command.state !== "completed") throw new Error(`the command ended as: ${JSON.stringify(command)}`);
  return rows;
}
