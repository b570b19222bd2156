// The bastion's machine: an in-memory file system and a bash that is read and run in JavaScript (just-bash), in a
// thread of its own that can be ended whatever it is doing. Plain JavaScript, because a worker of Node 20 reads no
// TypeScript. No network, no real file, no process: what is not in `workerData.files` is not there.
import { Buffer } from "node:buffer";
import { parentPort, workerData } from "node:worker_threads";
import { Bash, defineCommand, latin1FromBytes, stdoutAsBytes } from "just-bash";

/** @typedef {import("just-bash").FsStat} FsStat */
/**
 * What the main thread asks; which members there are is `kind`'s affair (machine.ts).
 * @typedef {object} Request
 * @property {number} id
 * @property {keyof typeof requests | "cancel"} kind
 * @property {string} command
 * @property {Uint8Array} stdin
 * @property {{ cwd: string, env: Record<string, string> } | undefined} state
 * @property {string} path
 * @property {string} to
 * @property {Uint8Array} bytes
 * @property {number | undefined} mode
 */

if (parentPort === null) throw new Error("this is a worker's code");
const port = parentPort;
const { files, home, user, host, limits } = workerData;

/** What people type on a host to see where they are, and the shell does not bring. */
const answers = {
  id: `uid=1000(${user}) gid=1000(${user}) groups=1000(${user})\n`,
  whoami: `${user}\n`,
  hostname: `${host}\n`,
  uname: "Linux\n",
  uptime: " 09:41:07 up 212 days,  3:12,  1 user,  load average: 0.08, 0.03, 0.01\n",
  df: "Filesystem     1K-blocks  Used Available Use% Mounted on\n/dev/demo          32768  1204     31564   4% /\n",
};
const customCommands = [
  ...Object.entries(answers).map(([name, text]) =>
    defineCommand(name, async () => ({ stdout: text, stderr: "", exitCode: 0 })),
  ),
  defineCommand("sudo", async () => ({
    stdout: "",
    stderr: `${user} is not in the sudoers file.\n`,
    exitCode: 1,
  })),
];

const bash = new Bash({
  files,
  cwd: home,
  env: { HOME: home, USER: user, LOGNAME: user, HOSTNAME: host, SHELL: "/bin/bash", LANG: "C.UTF-8" },
  executionLimitProfile: "hardened",
  executionLimits: limits,
  processInfo: { pid: 4711, ppid: 1, uid: 1000, gid: 1000 },
  customCommands,
});
const { fs } = bash;

/** Variables that bash keeps itself, and that cannot be given to it. */
const bashOwn = new Set(["SHELLOPTS", "BASHOPTS", "BASHPID", "PPID", "UID", "EUID"]);
/** @type {Map<number, AbortController>} */
const running = new Map();

/** @param {Request} request */
async function run({ id, command, stdin, state }) {
  const stop = new AbortController();
  running.set(id, stop);
  try {
    const result = await bash.exec(command, {
      stdin: Buffer.from(stdin).toString("latin1"),
      stdinKind: "bytes",
      signal: stop.signal,
      rawScript: true,
      ...(state !== undefined && { cwd: state.cwd, env: state.env, replaceEnv: true }),
    });
    const env = Object.fromEntries(
      Object.entries(result.env).filter(([name]) => /^[A-Za-z_]\w*$/.test(name) && !bashOwn.has(name)),
    );
    return {
      stdout: Buffer.from(latin1FromBytes(stdoutAsBytes(result)), "latin1"),
      stderr: Buffer.from(result.stderr),
      exitCode: result.exitCode,
      state: { cwd: env.PWD ?? home, env },
    };
  } finally {
    running.delete(id);
  }
}

/** @type {(name: string, stat: FsStat) => object} */
const entry = (name, { isFile, isDirectory, isSymbolicLink, size, mode, mtime }) => ({
  name,
  kind: isSymbolicLink ? "link" : isDirectory ? "directory" : isFile ? "file" : "other",
  size,
  mode,
  modifiedAt: mtime.getTime(),
});
/** @param {string} path */
const at = (path) => fs.resolvePath(home, path);

/**
 * As OpenSSH's realpath: links are followed, and the last name need not be there.
 * @param {string} path
 */
async function realPath(path) {
  if (await fs.exists(path)) return fs.realpath(path);
  const cut = path.lastIndexOf("/");
  const folder = await fs.realpath(path.slice(0, cut) || "/");
  return `${folder === "/" ? "" : folder}${path.slice(cut)}`;
}

/** @satisfies {Record<string, (request: Request) => Promise<unknown>>} */
const requests = {
  run,
  ping: async () => undefined,
  resolve: async ({ path }) => realPath(at(path)),
  stat: async ({ path }) => entry(path, await fs.stat(at(path))),
  lstat: async ({ path }) => entry(path, await fs.lstat(at(path))),
  list: async ({ path }) =>
    Promise.all(
      (await fs.readdir(at(path))).map(async (name) => entry(name, await fs.lstat(`${at(path)}/${name}`))),
    ),
  read: async ({ path }) => fs.readFileBuffer(at(path)),
  write: async ({ path, bytes, mode }) => {
    await fs.writeFile(at(path), bytes);
    if (mode !== undefined) await fs.chmod(at(path), mode);
  },
  chmod: async ({ path, mode = 0o644 }) => fs.chmod(at(path), mode),
  rename: async ({ path, to }) => fs.mv(at(path), at(to)),
  remove: async ({ path }) => {
    if ((await fs.lstat(at(path))).isDirectory) throw new Error("EISDIR: is a directory");
    await fs.rm(at(path));
  },
  mkdir: async ({ path }) => fs.mkdir(at(path)),
  rmdir: async ({ path }) => {
    if ((await fs.readdir(at(path))).length > 0) throw new Error("ENOTEMPTY: directory not empty");
    await fs.rm(at(path), { recursive: true });
  },
};

port.on("message", (/** @type {Request} */ request) => {
  if (request.kind === "cancel") return running.get(request.id)?.abort();
  requests[request.kind](request).then(
    (value) => port.postMessage({ id: request.id, ok: true, value }),
    (error) => port.postMessage({ id: request.id, ok: false, message: messageOf(error) }),
  );
});
port.postMessage("ready");

/** @param {unknown} error */
function messageOf(error) {
  return error instanceof Error ? error.message : String(error);
}
