import { randomUUID } from "node:crypto";
import { SqlCommand } from "../../shared/nouns/command.ts";
import { ReviewForViewer } from "../../shared/nouns/review.ts";
import { Session } from "../../shared/nouns/session.ts";

/** Those whom the demo's issuer gives tokens by client credentials. */
export const demoClients = [
  "demo-engineer",
  "demo-reviewer",
  "demo-reviewer-2",
  "demo-auditor",
  "demo-admin",
  "demo-agent",
] as const;
export type DemoClient = (typeof demoClients)[number];

/** An answer, with its body read: parsed where it is JSON, else its text. */
export type Answer = { status: number; headers: Headers; body: unknown; text: string };

type Body = { sql: string; parameters?: unknown[]; maxRows?: number };
type Options = { waitSeconds?: number; key?: string };

/** One actor at the REST API, as any script would use it. */
export type Client = {
  token: string;
  url: string;
  call(method: string, path: string, body?: unknown, headers?: Record<string, string>): Promise<Answer>;
  get(path: string): Promise<Answer>;
  post(path: string, body: unknown): Promise<Answer>;
  put(path: string, body: unknown): Promise<Answer>;
  delete(path: string): Promise<Answer>;
  open(target?: string, reason?: string): Promise<Session>;
  /** Sends a command and gives the answer as it came. */
  send(session: Session, command: string | Body, options?: Options): Promise<Answer>;
  /** Sends a command that is to become one, and gives it: completed, failed, held... */
  run(session: Session, command: string | Body, options?: Options): Promise<SqlCommand>;
  command(id: string, waitSeconds?: number): Promise<SqlCommand>;
  /** Follows a command until it has left the states given. */
  until(id: string, left: readonly SqlCommand["state"][]): Promise<SqlCommand>;
  review(id: string): Promise<ReviewForViewer>;
  vote(id: string, verdict: "approve" | "reject", sha256: string, comment?: string): Promise<Answer>;
};

/** A token of the demo's issuer, found as any client finds it: through /api/config and discovery. */
export async function demoToken(url: string, client: DemoClient): Promise<string> {
  const config = await json(await fetch(`${url}/api/config`));
  const discovery = await json(await fetch(`${String(config["issuer"])}/.well-known/openid-configuration`));
  const answer = await fetch(String(discovery["token_endpoint"]), {
    method: "POST",
    body: new URLSearchParams({
      grant_type: "client_credentials",
      client_id: client,
      client_secret: "demo",
      scope: "sluice",
    }),
  });
  return String((await json(answer))["access_token"]);
}

const json = async (response: Response): Promise<Record<string, unknown>> => {
  const body: unknown = await response.json();
  if (!response.ok || typeof body !== "object" || body === null)
    throw new Error(`${response.url} answered ${response.status}: ${JSON.stringify(body)}`);
  return { ...body };
};

/** Reads an answer to its end. */
export async function read(response: Response): Promise<Answer> {
  const text = await response.text();
  const isJson =
    /\bjson\b/.test(response.headers.get("content-type") ?? "") &&
    !/ndjson/.test(response.headers.get("content-type") ?? "");
  return {
    status: response.status,
    headers: response.headers,
    body: isJson && text !== "" ? JSON.parse(text) : text,
    text,
  };
}

/** A client with a given token. `seen` is shown every answer. */
export function clientWith(url: string, token: string, seen: (answer: Answer) => void = () => {}): Client {
  const call: Client["call"] = async (method, path, body, headers = {}) => {
    const answer = await read(
      await fetch(url + path, {
        method,
        headers: {
          authorization: `Bearer ${token}`,
          ...(body !== undefined && { "content-type": "application/json" }),
          ...headers,
        },
        ...(body !== undefined && { body: typeof body === "string" ? body : JSON.stringify(body) }),
      }),
    );
    seen(answer);
    return answer;
  };
  const expecting = async (answer: Answer, ...statuses: number[]): Promise<unknown> => {
    if (!statuses.includes(answer.status))
      throw new Error(`answered ${answer.status}, not ${statuses.join(" or ")}: ${answer.text}`);
    return answer.body;
  };
  const send: Client["send"] = (session, command, { waitSeconds = 60, key = randomUUID() } = {}) =>
    call(
      "POST",
      `/api/sessions/${session.id}/commands`,
      typeof command === "string" ? { sql: command } : command,
      { prefer: `wait=${waitSeconds}`, "idempotency-key": key },
    );
  const command: Client["command"] = async (id, waitSeconds = 0) =>
    SqlCommand.parse(
      await expecting(await call("GET", `/api/commands/${id}?waitSeconds=${waitSeconds}`), 200),
    );
  return {
    token,
    url,
    call,
    get: (path) => call("GET", path),
    post: (path, body) => call("POST", path, body),
    put: (path, body) => call("PUT", path, body),
    delete: (path) => call("DELETE", path),
    open: async (target = "shop", reason = "") =>
      Session.parse(await expecting(await call("POST", "/api/sessions", { target, reason }), 201)),
    send,
    run: async (session, what, options) =>
      SqlCommand.parse(await expecting(await send(session, what, options), 200, 202)),
    command,
    async until(id, left) {
      const deadline = Date.now() + 60_000;
      for (;;) {
        const current = await command(id, 5);
        if (!left.includes(current.state)) return current;
        if (Date.now() > deadline) throw new Error(`${id} is still ${current.state}`);
      }
    },
    review: async (id) =>
      ReviewForViewer.parse(await expecting(await call("GET", `/api/reviews/${id}`), 200)),
    vote: (id, verdict, sha256, comment = "") =>
      call("POST", `/api/reviews/${id}/votes`, { verdict, sha256, comment }),
  };
}

/** A client of one of the demo's actors. */
export const signedIn = async (url: string, who: DemoClient): Promise<Client> =>
  clientWith(url, await demoToken(url, who));
