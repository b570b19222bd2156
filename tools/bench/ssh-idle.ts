import { setTimeout as sleep } from "node:timers/promises";
import type { Gateway } from "./gateway.ts";
import type { Host } from "./ssh-host.ts";
import { openHostSocket, type HostSocket } from "./ssh-socket.ts";

/** An actor has at most 100 sockets. */
const actors = ["demo-engineer", "demo-reviewer", "demo-reviewer-2", "demo-admin", "demo-agent"];
const atOnce = 5;
const first = 5;
const settleMs = 2_000;

export type IdleTerminals = { terminals: number; bytesEach: number };

/** Opens terminals, each with its socket, host connection and shell, and leaves them alone. */
export async function measureIdleTerminals(
  gateway: Gateway,
  host: Host,
  terminals: number,
): Promise<IdleTerminals> {
  const tokens = await Promise.all(actors.map((actor) => gateway.token(actor)));
  const sockets: HostSocket[] = [];
  let asked = 0;
  const open = async () => {
    const socket = await openHostSocket(gateway, tokens[asked++ % tokens.length] ?? "", host.target);
    sockets.push(socket);
    await socket.terminal();
  };
  const openUpTo = async (count: number) => {
    while (sockets.length < count)
      await Promise.all(Array.from({ length: Math.min(atOnce, count - sockets.length) }, open));
  };
  const resident = async () => {
    await sleep(settleMs);
    gateway.collect();
    await sleep(settleMs);
    return gateway.metric("resident_memory_bytes");
  };
  // The first ones pay for what all share.
  await openUpTo(first);
  const before = await resident();
  await openUpTo(terminals);
  const bytesEach = ((await resident()) - before) / (terminals - first);
  for (let at = 0; at < sockets.length; at += atOnce)
    await Promise.all(sockets.slice(at, at + atOnce).map((socket) => socket.close()));
  return { terminals, bytesEach };
}
