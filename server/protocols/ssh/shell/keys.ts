/** How many bytes may be typed ahead of a verdict. */
export const maxAheadBytes = 256 * 1024;

export const ctrlC = 0x03;
const [lineFeed, carriageReturn, quotedInsert] = [0x0a, 0x0d, 0x16];
const pasteStart = Buffer.from("\u001b[200~");
const pasteEnd = Buffer.from("\u001b[201~");

/**
 * The keys that wait to be sent. A line goes out up to its Enter, so that what follows it is not sent before the
 * verdict. A line break inside a bracketed paste, or after Ctrl-V, is no Enter. This is courtesy and order alone:
 * the shell itself asks at each Enter, whatever is thought here.
 */
export type KeyQueue = {
  /** False where there was no room: then everything that waited is dropped, for half a line must not be run. */
  add(bytes: Uint8Array): boolean;
  /** Puts back what the shell read too early. */
  addFirst(bytes: Uint8Array): void;
  /** The next bytes to send at a prompt, and whether they end with an Enter or Ctrl-C. */
  takeLine(): { bytes: Uint8Array; entered: boolean };
  takeAll(): Uint8Array;
  clear(): void;
  /** A new prompt: no paste is under way. */
  atPrompt(): void;
  /** Whether Ctrl-C waits among them. */
  readonly interrupted: boolean;
  readonly length: number;
};

export function createKeyQueue(): KeyQueue {
  let waiting: Uint8Array = new Uint8Array();
  let inPaste = false;
  let quoted = false;
  let matched = 0;

  /**
   * Follows one key that is sent; answers whether the next ones should wait for the shell: it is an Enter, or Ctrl-C,
   * at which the host's terminal drops what comes too soon after.
   */
  const follow = (byte: number): boolean => {
    const mark = inPaste ? pasteEnd : pasteStart;
    if (byte === mark[matched]) {
      matched += 1;
      if (matched === mark.length) {
        inPaste = !inPaste;
        matched = 0;
      }
    } else matched = byte === mark[0] ? 1 : 0;
    const pauses = !inPaste && !quoted && (byte === carriageReturn || byte === lineFeed || byte === ctrlC);
    quoted = !inPaste && !quoted && byte === quotedInsert;
    return pauses;
  };
  const take = (length: number): Uint8Array => {
    const taken = waiting.subarray(0, length);
    waiting = waiting.subarray(length);
    return taken;
  };

  return {
    add(bytes) {
      if (waiting.length + bytes.length > maxAheadBytes) {
        waiting = new Uint8Array();
        return false;
      }
      waiting = Buffer.concat([waiting, bytes]);
      return true;
    },
    addFirst(bytes) {
      waiting = Buffer.concat([bytes, waiting]);
    },
    takeLine() {
      let length = 0;
      for (const byte of waiting) {
        length += 1;
        if (follow(byte)) return { bytes: take(length), entered: true };
      }
      return { bytes: take(length), entered: false };
    },
    takeAll() {
      for (const byte of waiting) follow(byte);
      return take(waiting.length);
    },
    clear() {
      waiting = new Uint8Array();
    },
    atPrompt() {
      inPaste = false;
      quoted = false;
      matched = 0;
    },
    get interrupted() {
      return waiting.includes(ctrlC);
    },
    get length() {
      return waiting.length;
    },
  };
}
