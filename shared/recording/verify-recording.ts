import { canonicalJson } from "../canonical.ts";
import { firstHash, RecordingEvent, Seal } from "./format.ts";
import { hex } from "./primitives.ts";
import { signatureFault } from "./signatures.ts";
import type { Check, CheckOptions, Fault } from "./verify.ts";

const digitsLength = firstHash.length;
const sealMark = "seal ";
const strictText = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

/** Checks a recording: each line's digits over the one before, the session it says it is of, and the seal. */
export function recordingCheck({ trusted, anchors, primitives }: CheckOptions): Check {
  let previous = firstHash;
  let events = 0;
  let session = "";
  let anchored = 0;
  let seal: Seal | undefined;
  const fault = (line: number, why: string): Fault => ({
    ok: false,
    kind: "recording",
    line,
    entry: seal || events === 0 ? undefined : events,
    why,
  });

  const checkSeal = async (bytes: Uint8Array, number: number): Promise<Fault | undefined> => {
    const text = decode(bytes.subarray(sealMark.length));
    const parsed = Seal.safeParse(parse(text));
    if (!parsed.success || canonicalJson(parsed.data) !== text)
      return fault(number, "the seal cannot be read");
    seal = parsed.data;
    if (seal.events !== events)
      return fault(number, `the seal speaks of ${seal.events} events, there are ${events}`);
    if (seal.hash !== previous) return fault(number, "the seal is for other events");
    if (seal.session !== session) return fault(number, "the seal is for another session");
    const why = await signatureFault(seal, seal.jwk, trusted, primitives);
    return why === undefined ? undefined : fault(number, `the seal does not hold: ${why}`);
  };

  return {
    async line({ bytes }, number) {
      if (seal) return fault(number, "something follows the seal");
      if (decodeAscii(bytes.subarray(0, sealMark.length)) === sealMark) return checkSeal(bytes, number);
      events += 1;
      const digits = decodeAscii(bytes.subarray(0, digitsLength));
      if (!/^[0-9a-f]{64}$/.test(digits) || bytes[digitsLength] !== 0x20)
        return fault(number, "this is not a line of a recording");
      // The previous digits stand before the JSON, as they did when the line was written.
      const hashed = new Uint8Array(bytes.length - 1);
      for (let index = 0; index < digitsLength; index++) hashed[index] = previous.charCodeAt(index);
      hashed.set(bytes.subarray(digitsLength + 1), digitsLength);
      const digest = primitives.sha256(hashed);
      if (hex(digest instanceof Promise ? await digest : digest) !== digits)
        return fault(number, "its hash does not fit: this line, or the one before, is not what was written");
      previous = digits;
      if (events === 1) {
        const opened = RecordingEvent.safeParse(parse(decode(bytes.subarray(digitsLength + 1))));
        if (!opened.success || opened.data.type !== "opened")
          return fault(number, "a recording begins with its session's opening");
        session = opened.data.session;
      }
      const anchor = anchors?.get(session)?.get(events);
      if (!anchor) return undefined;
      anchored = anchor.seq;
      return anchor.hash === digits
        ? undefined
        : fault(number, `entry ${anchor.seq} of the ledger has another hash here`);
    },
    end(number) {
      if (!seal) return fault(number + 1, "the seal is missing: the end is cut off, or this is no export");
      let furthest = 0;
      for (const known of anchors?.get(session)?.keys() ?? []) furthest = Math.max(furthest, known);
      if (furthest > events && !seal.live)
        return fault(number, `the ledger knows ${furthest} events of this session`);
      const { live, keyId, at } = seal;
      return {
        ok: true,
        kind: "recording",
        session,
        events,
        live,
        keyId,
        signedAt: at,
        anchored,
        later: Math.max(0, furthest - events),
        trusted: trusted !== undefined,
      };
    },
  };
}

function decodeAscii(bytes: Uint8Array): string {
  return String.fromCharCode(...bytes);
}

function decode(bytes: Uint8Array): string {
  try {
    return strictText.decode(bytes);
  } catch {
    return "";
  }
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
