import { z } from "zod";
import { putBytes, type Progress } from "./upload.ts";
import { fromProblem, isAbort, toUserError, UserError } from "./errors.ts";

export type Options = { signal?: AbortSignal; headers?: Record<string, string> };
type Method = "GET" | "POST" | "PUT" | "DELETE";

/** The API as pages call it: every answer is parsed by its noun, every failure is a UserError. */
export type Client = {
  get<T>(path: string, answer: z.ZodType<T>, options?: Options): Promise<T>;
  post<T>(path: string, body: unknown, answer: z.ZodType<T>, options?: Options): Promise<T>;
  put<T>(path: string, body: unknown, answer: z.ZodType<T>, options?: Options): Promise<T>;
  /** For calls whose answer carries nothing. */
  delete(path: string, options?: Options): Promise<void>;
  /** Sends bytes by PUT, and tells how far they are. */
  upload<T>(
    path: string,
    body: Blob,
    answer: z.ZodType<T>,
    options: Options & { progress: Progress },
  ): Promise<T>;
  /** The bare response of a GET, for files and event streams. Errors as above. */
  open(path: string, options?: Options): Promise<Response>;
};

const signedOutCodes: readonly string[] = ["unauthenticated", "token_expired", "token_invalid"];

/**
 * @param token gives a bearer token that is still good, renewing it first where needed.
 * @param signedOut is called where the login has ended, beside the error that the caller gets.
 */
export function createClient(token: () => Promise<string>, signedOut: () => void = () => undefined): Client {
  const told = async (answering: () => Promise<Response>): Promise<Response> => {
    try {
      const response = await answering();
      if (!response.ok) throw fromProblem(await readJson(response), response.status);
      return response;
    } catch (error) {
      if (isAbort(error)) throw error;
      const told = toUserError(error);
      if (signedOutCodes.includes(told.code)) signedOut();
      throw told;
    }
  };
  const headersOf = async ({ headers }: Options, type?: string) => ({
    accept: "application/json",
    ...(type === undefined ? {} : { "content-type": type }),
    ...headers,
    authorization: `Bearer ${await token()}`,
  });
  const send = (method: Method, path: string, body: unknown, options: Options = {}): Promise<Response> =>
    told(async () =>
      fetch(path, {
        method,
        headers: await headersOf(options, body === undefined ? undefined : "application/json"),
        body: body === undefined ? null : JSON.stringify(body),
        credentials: "omit",
        redirect: "error",
        signal: options.signal ?? null,
      }),
    );
  const read = async <T>(response: Response, answer: z.ZodType<T>): Promise<T> => {
    const parsed = answer.safeParse(await readJson(response));
    if (parsed.success) return parsed.data;
    throw new UserError(
      "unreadable",
      "The gateway's answer does not have the shape this page knows.",
      "Reload the page: it may be older than the gateway.",
      { issues: parsed.error.issues },
    );
  };
  return {
    get: async (path, answer, options) => read(await send("GET", path, undefined, options), answer),
    post: async (path, body, answer, options) => read(await send("POST", path, body, options), answer),
    put: async (path, body, answer, options) => read(await send("PUT", path, body, options), answer),
    delete: async (path, options) => void (await send("DELETE", path, undefined, options)),
    upload: async (path, body, answer, { progress, ...options }) => {
      const sending = async () => {
        const headers = await headersOf(options, "application/octet-stream");
        return putBytes(path, body, { headers, signal: options.signal, progress });
      };
      return read(await told(sending), answer);
    },
    open: (path, options) => send("GET", path, undefined, options),
  };
}

/** The body as JSON; undefined where it is none, which no noun and no problem matches. */
export async function readJson(response: Response): Promise<unknown> {
  try {
    return await response.json();
  } catch (error) {
    if (isAbort(error)) throw error;
    return undefined;
  }
}
