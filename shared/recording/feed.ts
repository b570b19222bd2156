import { linesOf } from "./lines.ts";
import type { Check, Fault } from "./verify.ts";

/** Gives a check the lines of a file, numbered on from `lines`; each file ends with a whole line. */
export async function feed(
  check: Check,
  bytes: AsyncIterable<Uint8Array>,
  lines: number,
): Promise<{ lines: number; fault?: Fault }> {
  let number = lines;
  let end = 0;
  let total = 0;
  const kind = () => check.end(number).kind;
  const counted = tapped(bytes, (chunk) => void (total += chunk.length));
  try {
    for await (const line of linesOf(counted)) {
      number += 1;
      end = line.to;
      const fault = await check.line(line, number);
      if (fault) return { lines: number, fault };
    }
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    const fault = {
      ok: false as const,
      kind: kind(),
      line: number + 1,
      entry: undefined,
      why: error.message,
    };
    return { lines: number, fault };
  }
  if (end === total) return { lines: number };
  const why = "the line is cut off";
  return { lines: number, fault: { ok: false, kind: kind(), line: number + 1, entry: undefined, why } };
}

/** The same chunks, each shown to `tap` as it passes. */
export async function* tapped(
  chunks: AsyncIterable<Uint8Array>,
  tap: (chunk: Uint8Array<ArrayBuffer>) => void,
): AsyncGenerator<Uint8Array> {
  for await (const chunk of chunks) {
    tap(new Uint8Array(chunk));
    yield chunk;
  }
}
