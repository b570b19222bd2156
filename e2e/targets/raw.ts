import { request } from "node:http";
import { connect } from "node:net";

export type RawAnswer = { status: number; headers: Record<string, unknown>; text: string };

/** A request whose every header is the caller's to choose, as fetch does not allow. */
export function raw(
  url: string,
  options: { method?: string; path: string; headers?: Record<string, string>; body?: string },
): Promise<RawAnswer> {
  const { hostname, port } = new URL(url);
  return new Promise((resolve, reject) => {
    const asked = request(
      { hostname, port, method: options.method ?? "GET", path: options.path, headers: options.headers },
      (response) => {
        let text = "";
        response
          .setEncoding("utf8")
          .on("data", (chunk: string) => (text += chunk))
          .on("end", () => resolve({ status: response.statusCode ?? 0, headers: response.headers, text }));
      },
    );
    asked.on("error", reject).end(options.body);
  });
}

/** Writes exactly these bytes to the gateway's port, and gives all that comes back until it closes. */
export function bytes(url: string, text: string): Promise<string> {
  const { hostname, port } = new URL(url);
  return new Promise((resolve, reject) => {
    let said = "";
    // A server that has answered may close before everything was written: its answer counts.
    const broken = (error: Error) => (said === "" ? reject(error) : resolve(said));
    const socket = connect(Number(port), hostname === "localhost" ? "127.0.0.1" : hostname, () =>
      socket.write(text),
    );
    socket
      .setEncoding("latin1")
      .setTimeout(3_000, () => socket.destroy())
      .on("data", (chunk: string) => (said += chunk))
      .on("close", () => resolve(said))
      .on("error", broken);
  });
}
