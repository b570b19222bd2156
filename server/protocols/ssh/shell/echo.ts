/** Words at the end of what a program printed, after which it reads something secret. */
const asksForSecret =
  /(?:passw(?:or)?d|passphrase|passcode|\bpin\b|secret|token|otp|verification code|kennwort)[^\n]{0,80}$/i;
const maxTail = 256;

/**
 * Whether keys typed now may be a password. A terminal's echo flag cannot be seen through SSH, so nothing proves that a
 * running program reads in the open but that it shows what was typed. Keys of each line are taken for secret until the
 * program has echoed one of that line, and always after words that ask for a secret. At the shell's own prompt they
 * are not.
 */
export type EchoWatch = {
  typed(bytes: Uint8Array): void;
  shown(bytes: Uint8Array): void;
  readonly secret: boolean;
};

export function createEchoWatch(): EchoWatch {
  let expected: number | undefined;
  let proven = false;
  let tail = "";
  return {
    typed(bytes) {
      for (const byte of bytes) {
        if (byte === 0x0d || byte === 0x0a) {
          proven = false;
          expected = undefined;
        } else if (byte > 0x20 && byte < 0x7f) expected = byte;
      }
    },
    shown(bytes) {
      if (expected !== undefined && bytes.includes(expected)) proven = true;
      tail = (tail + Buffer.from(bytes.subarray(-maxTail)).toString("latin1")).slice(-maxTail);
    },
    get secret() {
      return !proven || asksForSecret.test(tail);
    },
  };
}
