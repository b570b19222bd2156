import { FileCommand, finalStates } from "../../shared/nouns/command.ts";
import type { Client } from "./client.ts";
import type { Progress } from "./upload.ts";

const at = (session: string, ...parts: string[]) =>
  `/api/sessions/${encodeURIComponent(session)}/${parts.join("/")}`;
const withQuery = (path: string, query: Record<string, string>) =>
  `${path}?${new URLSearchParams(query).toString()}`;

/** A folder of the session's host: a command as any other, with its entries where it ran. */
export const listFiles = (api: Client, session: string, path: string, signal?: AbortSignal) =>
  api.get(withQuery(at(session, "files"), { path }), FileCommand, { ...(signal && { signal }) });

/** A download's bytes; or the command, where somebody decides about it first. */
export type Downloaded = { bytes: Blob } | { held: FileCommand };

export const downloadFile = async (
  api: Client,
  session: string,
  {
    path,
    binary,
    progress,
    signal,
  }: { path: string; binary: boolean; progress: Progress; signal: AbortSignal },
): Promise<Downloaded> =>
  contentOf(
    await api.open(withQuery(at(session, "files", "content"), { path, binary: String(binary) }), {
      signal,
      headers: { accept: "*/*" },
    }),
    progress,
  );

/** What a download gave that was held at first. */
export const fetchContent = async (
  api: Client,
  command: string,
  { progress, signal }: { progress: Progress; signal: AbortSignal },
): Promise<Downloaded> =>
  contentOf(
    await api.open(`/api/commands/${encodeURIComponent(command)}/content`, {
      signal,
      headers: { accept: "*/*" },
    }),
    progress,
  );

async function contentOf(response: Response, progress: Progress): Promise<Downloaded> {
  if (response.status === 202) return { held: FileCommand.parse(await response.json()) };
  const length = response.headers.get("content-length");
  const total = length === null ? undefined : Number(length);
  const pieces: BlobPart[] = [];
  const reader = response.body?.getReader();
  for (let moved = 0; reader !== undefined;) {
    const { done, value } = await reader.read();
    if (done) break;
    pieces.push(value);
    progress((moved += value.length), total);
  }
  return { bytes: new Blob(pieces, { type: response.headers.get("content-type") ?? "" }) };
}

/** One key makes a retry find the same command. */
export const uploadFile = (
  api: Client,
  session: string,
  {
    path,
    file,
    key,
    progress,
    signal,
  }: { path: string; file: Blob; key: string; progress: Progress; signal: AbortSignal },
) =>
  api.upload(withQuery(at(session, "files", "content"), { path }), file, FileCommand, {
    progress,
    signal,
    headers: { "idempotency-key": key },
  });

const pollSeconds = "30";

/** The command once nothing changes it any more: people may take their time. */
export async function followed(api: Client, command: FileCommand, signal: AbortSignal): Promise<FileCommand> {
  let now = command;
  while (!finalStates.includes(now.state))
    now = await api.get(
      withQuery(`/api/commands/${encodeURIComponent(command.id)}`, { waitSeconds: pollSeconds }),
      FileCommand,
      { signal },
    );
  return now;
}
