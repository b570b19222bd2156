import type { FileCommand, FileEntry } from "../../../shared/nouns/command.ts";

/** A folder that was asked for: what it holds, or why that is not known. */
export type Folder = { command: FileCommand | undefined; error: { message: string } | undefined };

/** A row of the tree. */
export type FileNode = {
  path: string;
  name: string;
  depth: number;
  kind: FileEntry["kind"] | "note";
  size: number;
  /** Kinds of secret that reading it would give away. */
  secrets: readonly string[];
  /** Of a folder. */
  open: boolean | undefined;
  /** The folder in which it stands. */
  folder: string;
};

export const joined = (folder: string, name: string): string => `${folder.replace(/\/$/u, "")}/${name}`;

/** The rows of a folder and of those in it that are open: folders first, each followed by what it holds. */
export function fileNodes(
  folder: string,
  folders: ReadonlyMap<string, Folder>,
  open: ReadonlySet<string>,
  depth = 0,
): FileNode[] {
  const { command, error } = folders.get(folder) ?? { command: undefined, error: undefined };
  const note = (name: string): FileNode => ({
    ...{ path: joined(folder, `\0${name}`), name, depth, folder },
    ...{ kind: "note", size: 0, secrets: [], open: undefined },
  });
  if (error !== undefined) return [note(error.message)];
  const entries = command?.result?.entries;
  if (entries === undefined) return [note(command === undefined ? "Listing" : whyNot(command))];
  const rows = entries
    .toSorted((one, other) => Number(other.kind === "directory") - Number(one.kind === "directory"))
    .flatMap(({ name, kind, size, secrets = [] }): FileNode[] => {
      const path = joined(folder, name);
      const isOpen = kind === "directory" ? open.has(path) : undefined;
      const row: FileNode = { path, name, depth, kind, size, secrets, open: isOpen, folder };
      return isOpen === true ? [row, ...fileNodes(path, folders, open, depth + 1)] : [row];
    });
  if (entries.length === 0) return [note("Empty")];
  return command?.result?.truncated === true ? [...rows, note("There are more than are listed")] : rows;
}

const whyNot = ({ state, error }: FileCommand): string =>
  error?.message ?? (state === "held" ? "Waits for a reviewer" : "It was not listed");

const units = ["B", "KB", "MB", "GB", "TB"] as const;

/** `4096` as `4 KB`: in powers of 1024, as hosts count. */
export function sizeText(bytes: number): string {
  const step = bytes < 1 ? 0 : Math.min(Math.floor(Math.log2(bytes) / 10), units.length - 1);
  const value = bytes / 1024 ** step;
  return `${value < 10 && step > 0 ? value.toFixed(1).replace(/\.0$/u, "") : Math.round(value)} ${units[step] ?? "B"}`;
}
