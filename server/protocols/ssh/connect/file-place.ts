import { Refusal } from "../../../../shared/contract/errors.ts";
import type { FilePlace, ResolveExecutable } from "./executable.ts";
import type { FileSession } from "./file-session.ts";

/**
 * Where a path leads at the host: links, `.` and `..` resolved by the host itself, `~` by its user's home. What cannot
 * be looked up keeps its name, made absolute: whoever opens it then is held to exactly that name.
 */
export async function resolve(session: FileSession, { path, follow }: ResolveExecutable): Promise<FilePlace> {
  const named = path.replace(/^~(?=\/|$)/, ".");
  const resolved = follow ? await realPath(session, named) : await realName(session, named);
  const found = resolved ?? absolute(await realPathOf(session, "."), named);
  return { path: found, exists: await exists(session, found) };
}

/**
 * Throws `file_refused` where the host resolves the path to another one by now: something on the way has become a
 * link since it was judged. SFTP has no way to open a path without following its links, so a use asks before it opens
 * and once more after: what changes in between, twice, within one round trip, is not seen.
 */
export async function holdTo(session: FileSession, path: string, follow: boolean): Promise<void> {
  if ((follow ? await realPath(session, path) : await realName(session, path)) !== path)
    throw new Refusal("file_refused", `“${path}” leads elsewhere than when it was judged.`, {
      hint: "Ask for it again: it is judged by where it leads now.",
    });
}

const realPathOf = (session: FileSession, path: string): Promise<string> =>
  session.ask<string>((sftp, answer) => sftp.realpath(path, answer));

/** Undefined where the host cannot, or does not let its user, look it up. */
async function realPath(session: FileSession, path: string): Promise<string | undefined> {
  try {
    return await realPathOf(session, path);
  } catch (error) {
    if (isUnseen(error)) return undefined;
    throw error;
  }
}

/** The folder's real path, and the name in it as it stands: a link there is what is meant. */
async function realName(session: FileSession, path: string): Promise<string | undefined> {
  const cut = path.lastIndexOf("/") + 1;
  const name = path.slice(cut);
  if (name === "" || name === "." || name === "..")
    throw new Refusal("file_refused", `“${path}” names a folder, not a file.`, {
      hint: "Name the file in it.",
    });
  const folder = await realPath(session, path.slice(0, cut) || ".");
  return folder === undefined ? undefined : `${folder.replace(/\/$/, "")}/${name}`;
}

async function exists(session: FileSession, path: string): Promise<boolean> {
  try {
    await session.ask<unknown>((sftp, answer) => sftp.lstat(path, answer));
    return true;
  } catch (error) {
    if (isUnseen(error)) return false;
    throw error;
  }
}

const isUnseen = (error: unknown): boolean =>
  error instanceof Refusal &&
  (error.code === "file_not_found" || error.code === "file_refused" || error.code === "target_refused");

/** As names go, without a look at the host. */
function absolute(home: string, path: string): string {
  const parts: string[] = [];
  for (const part of (path.startsWith("/") ? path : `${home}/${path}`).split("/"))
    if (part === "..") parts.pop();
    else if (part !== "" && part !== ".") parts.push(part);
  return `/${parts.join("/")}`;
}
