import { timingSafeEqual } from "node:crypto";

/**
 * What the hook tells the gate, inside the shell's output:
 *
 *     ESC ] 7777 ; nonce ; kind ; first ; second ; length ; payload ; nonce BEL
 *
 * `length` counts the payload's bytes. Output of background jobs may fall into the middle of a long frame, since a
 * shell writes it in several pieces. It can only add bytes, which the length shows, and cannot end the frame early,
 * which takes the nonce.
 */
export type Frame = { kind: string; nonce: string; first: string; second: string; payload: string };

/** A nonce: 128 bits in hexadecimal. */
export const nonceLength = 32;
/** A frame's longest form: a line of 64 KiB whose every byte is an octal escape, with room to spare. */
const maxFrameBytes = 512 * 1024;
/** How much of a sequence that is not ours is swallowed while its end is looked for; terminals do the same. */
const maxForeignBytes = 4096;

const intro = Uint8Array.of(0x1b, 0x5d, 0x37, 0x37, 0x37, 0x37, 0x3b);
const [escapeByte, bell, cancel, substitute, backslash] = [0x1b, 0x07, 0x18, 0x1a, 0x5c];

export type Scanned =
  | { kind: "bytes"; bytes: Uint8Array }
  | { kind: "frame"; frame: Frame }
  /** The nonce is right, the rest is not: output fell into it, or it has no end. `of` is its kind, where that can be seen. */
  | { kind: "broken"; of: string };

export type FrameScanner = { push(bytes: Uint8Array): Scanned[] };

/**
 * Takes the frames out of a stream of bytes, cut anywhere. Whatever is no frame passes unchanged and in order;
 * frames with a nonce that `accepted` does not list are taken out and mean nothing.
 */
export function createFrameScanner(accepted: () => readonly string[]): FrameScanner {
  let matched = 0;
  let body: number[] | undefined;
  let foreign = 0;
  let afterEscape = false;

  const isAccepted = (nonce: string): boolean => {
    let found = false;
    for (const one of accepted()) found = sameText(one, nonce) || found;
    return found;
  };

  return {
    push(bytes) {
      const out: Scanned[] = [];
      /** Where what passes unchanged begins, and how far of it what may be an intro has been read. */
      let plainFrom = 0;
      /** Bytes of an intro that an earlier piece ended with. */
      let earlier = matched;
      const pass = (some: Uint8Array): void => {
        if (some.length > 0) out.push({ kind: "bytes", bytes: some });
      };
      for (let at = 0; at < bytes.length; at += 1) {
        if (matched === 0 && body === undefined && foreign === 0) {
          // Nearly all bytes are passed over here.
          at = bytes.indexOf(escapeByte, at);
          if (at < 0) break;
        }
        const byte = bytes[at] ?? 0;
        if (foreign > 0) {
          const ended =
            byte === bell || byte === cancel || byte === substitute || (afterEscape && byte === backslash);
          afterEscape = byte === escapeByte;
          foreign = ended ? 0 : foreign - 1;
          plainFrom = at + 1;
        } else if (body !== undefined) {
          plainFrom = at + 1;
          if (byte === bell) {
            const ended = body;
            body = undefined;
            if (ended.length < nonceLength) continue;
            const frame = readFrame(latin(ended));
            out.push(frame === undefined ? broken(ended) : { kind: "frame", frame });
            continue;
          }
          body.push(byte);
          if (body.length === nonceLength && !isAccepted(latin(body))) {
            body = undefined;
            foreign = maxForeignBytes;
            afterEscape = byte === escapeByte;
          } else if (body.length > maxFrameBytes) {
            out.push(broken(body));
            body = undefined;
          }
        } else if (byte === intro[matched]) {
          matched += 1;
          if (matched < intro.length) continue;
          pass(bytes.subarray(plainFrom, Math.max(plainFrom, at + 1 - matched)));
          plainFrom = at + 1;
          [matched, earlier, body] = [0, 0, []];
        } else {
          pass(intro.subarray(0, earlier));
          earlier = 0;
          matched = byte === escapeByte ? 1 : 0;
        }
      }
      pass(bytes.subarray(plainFrom, Math.max(plainFrom, bytes.length - matched)));
      return out;
    },
  };
}

const broken = (body: readonly number[]): Scanned => ({
  kind: "broken",
  of: /^[0-9a-f]+;([A-Z]);/.exec(latin(body))?.[1] ?? "",
});
const latin = (bytes: readonly number[]): string => Buffer.from(bytes).toString("latin1");

function sameText(one: string, other: string): boolean {
  const [left, right] = [Buffer.from(one), Buffer.from(other)];
  return left.length === right.length && timingSafeEqual(left, right);
}

/** Reads a frame's body, whose first nonce has been accepted. */
function readFrame(body: string): Frame | undefined {
  const parts = /^([0-9a-f]+);([A-Z]);([^;]*);([^;]*);(\d+);/.exec(body);
  if (!parts) return undefined;
  const [head, nonce = "", kind = "", first = "", second = "", length = ""] = parts;
  const end = head.length + Number(length);
  if (!sameText(body.slice(end), `;${nonce}`)) return undefined;
  return { kind, nonce, first, second, payload: body.slice(head.length, end) };
}

/** What the gate tells the waiting hook. */
export type Verdict = {
  /** `cancel` and `drop` clear the line and keep it out of the history; `drop` without a trace on the screen. */
  kind: "allow" | "deny" | "cancel" | "drop" | "nl" | "need" | "instead";
  /** The nonce that the shell showed last, and the one that it uses from here on. */
  nonce: string;
  next: string;
  id: number;
  /** In printable ASCII without `;`. */
  first?: string;
};

/** `0x1d V;nonce;id;verdict;next;first 0x1e`: no carriage return or line feed, which would be an Enter. */
export function encodeVerdict(verdict: Verdict): Uint8Array {
  const { nonce, id, kind, next, first = "" } = verdict;
  return Buffer.from(`\u001dV;${nonce};${id};${kind};${next};${first}\u001e`, "latin1");
}
