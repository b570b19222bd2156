import { useEffect, useRef, useState } from "react";
import type { Session } from "../../../shared/nouns/session.ts";
import type { FileCommand } from "../../../shared/nouns/command.ts";
import type { Client } from "../../api/client.ts";
import { isAbort, toUserError, UserError } from "../../api/errors.ts";
import { downloadFile, fetchContent, followed, uploadFile } from "../../api/files.ts";
import { useApi } from "../../api/portal.tsx";
import { cancelCommand } from "../../api/calls.ts";

/** A file on its way, and what became of it. */
export type Transfer = {
  readonly id: string;
  readonly name: string;
  readonly path: string;
  readonly direction: "up" | "down";
  readonly binary: boolean;
  readonly state: "moving" | "held" | "completed" | "failed" | "cancelled";
  readonly moved: number;
  /** Undefined while nobody has said. */
  readonly of: number | undefined;
  readonly command?: FileCommand | undefined;
  readonly error?: UserError | undefined;
};

/** As many as one looks at; older ones that have ended are forgotten. */
const maxTransfers = 50;

type Work = {
  api: Client;
  session: Session;
  signal: AbortSignal;
  progress: (moved: number, of: number | undefined) => void;
  /** Somebody decides about it first. */
  waits: (command: FileCommand) => void;
};

/** Moves files, each as a command of its own; people may decide about it for a while. */
export function useTransfers(session: Session, arrived: (folder: string) => void) {
  const api = useApi();
  const [transfers, setTransfers] = useState<readonly Transfer[]>([]);
  const running = useRef(new Map<string, AbortController>());
  useEffect(() => {
    const all = running.current;
    return () => {
      for (const abort of all.values()) abort.abort();
    };
  }, []);

  const start = (
    of: Pick<Transfer, "name" | "path" | "direction" | "binary">,
    run: (work: Work) => Promise<void>,
  ) => {
    const id = crypto.randomUUID();
    const abort = new AbortController();
    running.current.set(id, abort);
    const change = (to: Partial<Transfer>) =>
      setTransfers((all) => all.map((one) => (one.id === id ? { ...one, ...to } : one)));
    setTransfers((all) =>
      [{ ...of, id, state: "moving" as const, moved: 0, of: undefined }, ...all].slice(0, maxTransfers),
    );
    const work: Work = {
      api,
      session,
      signal: abort.signal,
      progress: (moved, total) => change({ moved, of: total }),
      waits: (command) => change({ state: "held", command }),
    };
    run(work)
      .then(() => change({ state: "completed" }))
      .catch((reason: unknown) =>
        change(isAbort(reason) ? { state: "cancelled" } : { state: "failed", error: toUserError(reason) }),
      )
      .finally(() => running.current.delete(id));
  };

  return {
    transfers,
    download(path: string, binary = false) {
      const name = path.slice(path.lastIndexOf("/") + 1);
      start({ name, path, direction: "down", binary }, async (work) =>
        save(name, await bytesOf(path, binary, work)),
      );
    },
    upload(folder: string, file: File) {
      const path = `${folder.replace(/\/$/u, "")}/${file.name}`;
      start({ name: file.name, path, direction: "up", binary: false }, async (work) => {
        await send(path, file, work);
        arrived(folder);
      });
    },
    /** Ends what moves, withdraws what is held. */
    cancel({ id, command }: Transfer) {
      if (command !== undefined) void cancelCommand(api, command.id).catch(() => undefined);
      running.current.get(id)?.abort();
    },
  };
}

async function bytesOf(path: string, binary: boolean, work: Work): Promise<Blob> {
  const { api, session, signal, progress, waits } = work;
  let given = await downloadFile(api, session.id, { path, binary, progress, signal });
  while ("held" in given) {
    waits(given.held);
    await followed(api, given.held, signal);
    given = await fetchContent(api, given.held.id, { progress, signal });
  }
  return given.bytes;
}

async function send(
  path: string,
  file: File,
  { api, session, signal, progress, waits }: Work,
): Promise<void> {
  const key = crypto.randomUUID();
  const sent = await uploadFile(api, session.id, { path, file, key, progress, signal });
  if (sent.state === "held" || sent.state === "running") waits(sent);
  const { state, error } = await followed(api, sent, signal);
  if (state === "completed") return;
  const message = error?.message ?? (ends[state] || "It was not uploaded.");
  throw new UserError("conflict", message, error?.hint);
}

const ends: Partial<Record<FileCommand["state"], string>> = {
  rejected: "A reviewer rejected it. Nothing was uploaded.",
  expired: "Nobody decided in time. Nothing was uploaded.",
  withdrawn: "It was withdrawn. Nothing was uploaded.",
  unknown: "Whether it was put in place is not known.",
};

/** Into the browser's own downloads. */
function save(name: string, bytes: Blob): void {
  const link = document.createElement("a");
  link.href = URL.createObjectURL(bytes);
  link.download = name;
  link.click();
  // The browser has taken it over by then.
  setTimeout(() => URL.revokeObjectURL(link.href), 60_000);
}
