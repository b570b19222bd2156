import { expect, test } from "vitest";
import { FileCommand, type FileEntry } from "../../../shared/nouns/command.ts";
import { fileNodes, joined, sizeText, type Folder } from "./files-nodes.ts";

const entry = (name: string, kind: FileEntry["kind"] = "file", size = 0): FileEntry => ({
  ...{ name, kind, size, mode: 0o644, modifiedAt: "2026-01-01T00:00:00Z" },
});
const listed = (entries: FileEntry[] | undefined, rest: object = {}): Folder => ({
  command: FileCommand.parse({
    ...{ kind: "file", id: `cmd_${"0".repeat(26)}`, session: `ses_${"0".repeat(26)}`, target: "host" },
    ...{ actor: "a", actorName: "Mara", state: "completed", submittedAt: "2026-01-01T00:00:00Z" },
    ...{ file: "list", path: "/srv", resolved: "/srv", replaces: false, binary: false },
    ...(entries && { result: { entries, truncated: false } }),
    ...rest,
  }),
  error: undefined,
});
const shown = (folders: Record<string, Folder>, open: string[] = []) =>
  fileNodes("/srv", new Map(Object.entries(folders)), new Set(open)).map(
    ({ depth, kind, name }) => `${"  ".repeat(depth)}${kind} ${name}`,
  );

test("folders come first, and an open one is followed by what it holds", () => {
  expect(
    shown(
      {
        "/srv": listed([entry("a.txt"), entry("sub", "directory"), entry("zoo", "directory")]),
        "/srv/sub": listed([entry("b.txt")]),
      },
      ["/srv/sub"],
    ),
  ).toEqual(["directory sub", "  file b.txt", "directory zoo", "file a.txt"]);
});

test("what is not known says why", () => {
  expect(shown({})).toEqual(["note Listing"]);
  expect(shown({ "/srv": listed([]) })).toEqual(["note Empty"]);
  expect(shown({ "/srv": listed(undefined, { state: "held" }) })).toEqual(["note Waits for a reviewer"]);
  expect(
    shown({ "/srv": listed(undefined, { state: "failed", error: { code: "x", message: "No." } }) }),
  ).toEqual(["note No."]);
  expect(shown({ "/srv": { command: undefined, error: { message: "Blocked." } } })).toEqual([
    "note Blocked.",
  ]);
  const cut = listed(undefined, { result: { entries: [entry("a")], truncated: true } });
  expect(shown({ "/srv": cut })).toEqual(["file a", "note There are more than are listed"]);
});

test("a path below the root has one slash", () => {
  expect([joined("/", "a"), joined("/srv", "a")]).toEqual(["/a", "/srv/a"]);
});

test("sizes are in the units of hosts", () => {
  expect([0, 1023, 1024, 4300, 64 * 1024 ** 2, 1.5 * 1024 ** 3].map(sizeText)).toEqual([
    "0 B",
    "1023 B",
    "1 KB",
    "4.2 KB",
    "64 MB",
    "1.5 GB",
  ]);
});
