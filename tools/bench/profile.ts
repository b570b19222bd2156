import { readdirSync, readFileSync } from "node:fs";
import { SourceMap } from "node:module";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

type CallFrame = { functionName: string; url: string; lineNumber: number; columnNumber: number };
/** What `node --cpu-prof` writes; times in microseconds. */
type CpuProfile = {
  nodes: { id: number; callFrame: CallFrame }[];
  samples: number[];
  timeDeltas: number[];
};

const longest = 40;

/** Where the gateway's busy time went, by source file and by function, as lines of text. */
export function summariseProfile(directory: string): string {
  // Threads leave profiles too; the main thread's is the first.
  const [name] = readdirSync(directory)
    .filter((file) => file.endsWith(".cpuprofile"))
    .toSorted();
  if (name === undefined) return "The gateway left no profile.";
  const { nodes, samples, timeDeltas } = JSON.parse(
    readFileSync(join(directory, name), "utf8"),
  ) as CpuProfile;
  const frames = new Map(nodes.map(({ id, callFrame }) => [id, callFrame]));
  const byFile = new Map<string, number>();
  const byFunction = new Map<string, number>();
  let busy = 0;
  samples.forEach((id, at) => {
    const frame = frames.get(id);
    if (!frame || ["(idle)", "(root)"].includes(frame.functionName)) return;
    const took = timeDeltas[at] ?? 0;
    const file = fileOf(frame);
    const where = `${frame.functionName || "(anonymous)"} ${file}`;
    busy += took;
    byFile.set(file, (byFile.get(file) ?? 0) + took);
    byFunction.set(where, (byFunction.get(where) ?? 0) + took);
  });
  const lines = (by: Map<string, number>) =>
    [...by]
      .toSorted(([, a], [, b]) => b - a)
      .slice(0, longest)
      .map(([what, took]) => `${((100 * took) / busy).toFixed(1).padStart(5)} %  ${what}`);
  return [
    `Busy for ${(busy / 1e6).toFixed(1)} s. Own time by file:`,
    ...lines(byFile),
    "",
    "Own time by function:",
    ...lines(byFunction),
  ].join("\n");
}

const maps = new Map<string, SourceMap>();

/** The source file of a frame, by the bundle's source map. */
function fileOf({ url, lineNumber, columnNumber, functionName }: CallFrame): string {
  if (url === "") return functionName.startsWith("(") ? functionName : "(native)";
  if (/^(node|wasm):/.test(url)) return url;
  const path = fileURLToPath(url);
  const dependency = /node_modules\/((?:@[^/]+\/)?[^/]+)/.exec(path);
  if (dependency?.[1] !== undefined) return dependency[1];
  let map = maps.get(path);
  if (!map) maps.set(path, (map = new SourceMap(JSON.parse(readFileSync(`${path}.map`, "utf8")))));
  const entry = map.findEntry(lineNumber, columnNumber);
  return "originalSource" in entry ? entry.originalSource.replace(/^(\.\.\/)+/, "") : path;
}
