import { canonicalJson } from "../canonical.ts";
import { feed, tapped } from "./feed.ts";
import { Manifest } from "./manifest.ts";
import { hex } from "./primitives.ts";
import { signatureFault } from "./signatures.ts";
import { TarFault, tarFiles } from "./tar.ts";
import { ledgerCheck } from "./verify-ledger.ts";
import { recordingCheck } from "./verify-recording.ts";
import type { Anchors, CheckOptions, Fault, Verdict } from "./verify.ts";

/** Larger manifests are none of ours. */
const maxManifestBytes = 64 * 1024 * 1024;

type Seen = Manifest["files"][number];
type File = { path: string; bytes: AsyncIterable<Uint8Array> };

/**
 * Checks an archive of evidence in one pass: the ledger first, then each recording against it, and at the end that the
 * signed manifest names exactly the files that were there. Memory is bounded by sessions and files, not by bytes.
 */
export async function verifyArchive(
  chunks: AsyncIterable<Uint8Array>,
  options: CheckOptions,
): Promise<Verdict> {
  const { primitives } = options;
  const anchors: Anchors = new Map();
  const ledger = ledgerCheck({ ...options, anchors, anchorsOfAll: true });
  let ledgerLines = 0;
  let verified: Extract<Verdict, { ok: true; kind: "ledger" }> | undefined;
  let trusted = options.trusted;
  let recordings = 0;
  let later = 0;
  let manifest: Manifest | undefined;
  const seen: Seen[] = [];
  const fault = (why: string, path?: string): Fault => ({
    ok: false,
    kind: "archive",
    file: path,
    line: 1,
    entry: undefined,
    why,
  });
  const inFile = (found: Fault, path: string): Fault => ({ ...found, file: path });

  /** The ledger is over once something else comes. */
  const endLedger = (): Fault | undefined => {
    if (verified) return undefined;
    const verdict = ledger.end(ledgerLines);
    if (!verdict.ok) return inFile(verdict, "ledger");
    if (verdict.kind !== "ledger") throw new TypeError("a ledger's check ends in a ledger's verdict");
    verified = verdict;
    trusted = trusted && [...trusted, ...verdict.keys];
    return undefined;
  };

  const checkOne = async ({ path, bytes }: File): Promise<Fault | undefined> => {
    if (path.startsWith("ledger/")) {
      if (verified) return fault("the ledger goes on behind other files", path);
      const found = await feed(ledger, bytes, ledgerLines);
      ledgerLines = found.lines;
      return found.fault && inFile(found.fault, path);
    }
    if (path === "keys.json") return drain(bytes);
    const before = endLedger();
    if (before) return before;
    if (path.startsWith("recordings/")) {
      const check = recordingCheck({ ...options, trusted, anchors });
      const found = await feed(check, bytes, 0);
      if (found.fault) return inFile(found.fault, path);
      const verdict = check.end(found.lines);
      if (!verdict.ok) return inFile(verdict, path);
      if (verdict.kind !== "recording" || path !== `recordings/${verdict.session}.rec`)
        return fault("the recording is of another session", path);
      recordings += 1;
      later += verdict.later;
      return undefined;
    }
    if (path === "summary.html") return drain(bytes);
    return fault("this file does not belong here", path);
  };

  const checkManifest = async (bytes: AsyncIterable<Uint8Array>): Promise<Fault | undefined> => {
    const bad = (why: string) => fault(why, "manifest.json");
    const text = await textOf(bytes);
    manifest = text === undefined ? undefined : parseManifest(text);
    if (!manifest) return bad("it cannot be read");
    const why = await signatureFault(manifest, manifest.jwk, trusted, primitives);
    if (why !== undefined) return bad(`it does not hold: ${why}`);
    for (const [index, file] of manifest.files.entries()) {
      const there = seen[index];
      if (there?.path !== file.path) return fault("it is missing, or not in its place", file.path);
      if (there.bytes !== file.bytes || there.sha256 !== file.sha256)
        return fault("it is not the file that the manifest names", file.path);
    }
    const [more] = seen.slice(manifest.files.length);
    return more && fault("the manifest does not name it", more.path);
  };

  try {
    for await (const { path, size, bytes } of tarFiles(chunks)) {
      if (manifest) return fault("something follows the manifest", path);
      if (path === "manifest.json") {
        const found = endLedger() ?? (await checkManifest(bytes));
        if (found) return found;
        continue;
      }
      const hasher = primitives.hasher();
      const found = await checkOne({ path, bytes: tapped(bytes, hasher.update) });
      if (found) return found;
      seen.push({ path, bytes: size, sha256: hex(await hasher.digest()) });
    }
  } catch (error) {
    if (!(error instanceof TarFault || error instanceof RangeError)) throw error;
    return fault(error.message, seen.at(-1) && `behind ${seen.at(-1)?.path}`);
  }
  if (!manifest || !verified) return fault("the manifest is missing: the end is cut off");
  return {
    ok: true,
    kind: "archive",
    period: { from: manifest.from, to: manifest.to },
    recordings,
    missing: manifest.missing,
    ledger: verified,
    later,
    keyId: manifest.keyId,
    signedAt: manifest.at,
    trusted: options.trusted !== undefined,
  };
}

/** Reads what only the manifest speaks of. */
async function drain(bytes: AsyncIterable<Uint8Array>): Promise<undefined> {
  for await (const _ of bytes);
}

async function textOf(bytes: AsyncIterable<Uint8Array>): Promise<string | undefined> {
  const decoder = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });
  let text = "";
  try {
    for await (const part of bytes) {
      text += decoder.decode(part, { stream: true });
      if (text.length > maxManifestBytes) return undefined;
    }
    return text + decoder.decode();
  } catch (error) {
    if (error instanceof TypeError) return undefined;
    throw error;
  }
}

/** The manifest, where it is exactly what the gateway prints. */
function parseManifest(text: string): Manifest | undefined {
  try {
    const parsed = Manifest.safeParse(JSON.parse(text));
    return parsed.success && `${canonicalJson(parsed.data)}\n` === text ? parsed.data : undefined;
  } catch {
    return undefined;
  }
}
