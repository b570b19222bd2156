import ssh2, { type Attributes, type SFTPWrapper } from "ssh2";
import { MachineError, type Entry, type Machine } from "./machine.ts";

/** The largest file that goes in or comes out. */
const MAX_FILE_BYTES = 4 * 1024 * 1024;
/** Open at once on one channel, files and directories together. */
const MAX_HANDLES = 8;
/** The most that one READ is answered with. */
const MAX_READ_BYTES = 32 * 1024;

const { OPEN_MODE, STATUS_CODE } = ssh2.utils.sftp;
const UID = 1000;

/** A file is read when it is opened and written when it is closed, as a whole. */
type Handle =
  | { kind: "file"; path: string; bytes: Buffer; writes: boolean; mode: number | undefined }
  | { kind: "directory"; entries: Entry[] };

/** SFTP version 3 (draft-ietf-secsh-filexfer-02) over the demo host's files, without links and extensions. */
export function serveFiles(sftp: SFTPWrapper, machine: Machine): void {
  const handles = new Map<number, Handle>();
  let last = 0;

  /** Answers one request: with what `work` sends, or the status that its error means. */
  const answer = (id: number, work: () => Promise<void>): void => {
    void work().catch((error: unknown) => sftp.status(id, statusOf(error)));
  };
  const done = (id: number, work: () => Promise<void>): void =>
    answer(id, async () => {
      await work();
      sftp.status(id, STATUS_CODE.OK);
    });
  const keep = (id: number, handle: Handle): void => {
    if (handles.size >= MAX_HANDLES) throw new MachineError("EMFILE: too many open files");
    last += 1;
    handles.set(last, handle);
    const name = Buffer.alloc(4);
    name.writeUInt32BE(last);
    sftp.handle(id, name);
  };
  const handleOf = (name: Buffer): Handle => {
    const handle = name.length === 4 ? handles.get(name.readUInt32BE()) : undefined;
    if (handle === undefined) throw new MachineError("EBADF: no such handle");
    return handle;
  };
  const fileOf = (name: Buffer): Extract<Handle, { kind: "file" }> => {
    const handle = handleOf(name);
    if (handle.kind !== "file") throw new MachineError("EISDIR: is a directory");
    return handle;
  };

  sftp.on("OPEN", (id, path, flags, attributes) =>
    answer(id, async () => {
      const writes = (flags & OPEN_MODE.WRITE) !== 0;
      const found = await machine.stat(path).catch(() => undefined);
      if (found === undefined && (flags & OPEN_MODE.CREAT) === 0)
        throw new MachineError("ENOENT: no such file");
      if (found !== undefined && (flags & OPEN_MODE.EXCL) !== 0)
        throw new MachineError("EEXIST: file exists");
      if (found?.kind === "directory") throw new MachineError("EISDIR: is a directory");
      if (found !== undefined && found.size > MAX_FILE_BYTES) throw new MachineError("EFBIG: file too large");
      const keeps = found !== undefined && (flags & OPEN_MODE.TRUNC) === 0;
      const bytes = keeps ? Buffer.from(await machine.read(path)) : Buffer.alloc(0);
      const mode = found === undefined ? (attributes.mode ?? 0o644) & 0o777 : undefined;
      // The name is taken from now on, though the content comes at the end.
      if (found === undefined) await machine.write(path, bytes, mode);
      keep(id, { kind: "file", path, bytes, writes, mode });
    }),
  );
  sftp.on("READ", (id, name, offset, length) =>
    answer(id, async () => {
      const { bytes } = fileOf(name);
      if (offset >= bytes.length) sftp.status(id, STATUS_CODE.EOF);
      else sftp.data(id, bytes.subarray(offset, offset + Math.min(length, MAX_READ_BYTES)));
    }),
  );
  sftp.on("WRITE", (id, name, offset, data) =>
    done(id, async () => {
      const file = fileOf(name);
      if (!file.writes) throw new MachineError("EACCES: not open for writing");
      const end = offset + data.length;
      if (end > MAX_FILE_BYTES) throw new MachineError("EFBIG: file too large");
      if (end > file.bytes.length) {
        const grown = Buffer.alloc(end);
        file.bytes.copy(grown);
        file.bytes = grown;
      }
      data.copy(file.bytes, offset);
    }),
  );
  sftp.on("CLOSE", (id, name) =>
    done(id, async () => {
      const handle = handleOf(name);
      handles.delete(name.readUInt32BE());
      if (handle.kind === "file" && handle.writes)
        await machine.write(handle.path, handle.bytes, handle.mode);
    }),
  );
  sftp.on("OPENDIR", (id, path) =>
    answer(id, async () => keep(id, { kind: "directory", entries: await machine.list(path) })),
  );
  sftp.on("READDIR", (id, name) =>
    answer(id, async () => {
      const handle = handleOf(name);
      if (handle.kind !== "directory") throw new MachineError("ENOTDIR: not a directory");
      const entries = handle.entries.splice(0);
      if (entries.length === 0) sftp.status(id, STATUS_CODE.EOF);
      else
        sftp.name(
          id,
          entries.map((entry) => ({
            filename: entry.name,
            longname: entry.name,
            attrs: attributesOf(entry),
          })),
        );
    }),
  );
  sftp.on("STAT", (id, path) =>
    answer(id, async () => sftp.attrs(id, attributesOf(await machine.stat(path)))),
  );
  sftp.on("LSTAT", (id, path) =>
    answer(id, async () => sftp.attrs(id, attributesOf(await machine.lstat(path)))),
  );
  sftp.on("FSTAT", (id, name) =>
    answer(id, async () => {
      const { path, bytes } = fileOf(name);
      sftp.attrs(id, { ...attributesOf(await machine.stat(path)), size: bytes.length });
    }),
  );
  sftp.on("SETSTAT", (id, path, { mode }) =>
    done(id, async () => {
      if (mode !== undefined) await machine.chmod(path, mode & 0o777);
    }),
  );
  sftp.on("FSETSTAT", (id, name, { mode }) =>
    done(id, async () => {
      if (mode !== undefined) fileOf(name).mode = mode & 0o777;
    }),
  );
  sftp.on("REALPATH", (id, path) =>
    answer(id, async () => {
      const filename = await machine.resolve(path);
      sftp.name(id, [{ filename, longname: filename, attrs: noAttributes }]);
    }),
  );
  sftp.on("RENAME", (id, from, to) => done(id, () => machine.rename(from, to)));
  sftp.on("REMOVE", (id, path) => done(id, () => machine.change("remove", path)));
  sftp.on("MKDIR", (id, path) => done(id, () => machine.change("mkdir", path)));
  sftp.on("RMDIR", (id, path) => done(id, () => machine.change("rmdir", path)));
  for (const unknown of ["READLINK", "SYMLINK", "EXTENDED"])
    sftp.on(unknown, (id: number) => sftp.status(id, STATUS_CODE.OP_UNSUPPORTED));
}

const fileType = { file: 0o100000, directory: 0o040000, link: 0o120000, other: 0 } as const;

function attributesOf({ kind, mode, size, modifiedAt }: Entry): Attributes {
  const seconds = Math.floor(modifiedAt / 1000);
  return { mode: fileType[kind] | (mode & 0o7777), size, uid: UID, gid: UID, atime: seconds, mtime: seconds };
}

const noAttributes: Attributes = { mode: 0, size: 0, uid: UID, gid: UID, atime: 0, mtime: 0 };

/** Anything that is not the machine's own no is a defect, and a failure to whoever asked. */
function statusOf(error: unknown): number {
  const message = error instanceof MachineError ? error.message : "";
  if (message.startsWith("ENOENT")) return STATUS_CODE.NO_SUCH_FILE;
  if (/^E(ACCES|PERM|ROFS)/.test(message)) return STATUS_CODE.PERMISSION_DENIED;
  return STATUS_CODE.FAILURE;
}
