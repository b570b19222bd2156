import { windowBytes } from "../../shared/contract/frames.ts";

/** Taken-in bytes are told each time that this many have come, well inside the gateway's window. */
const ackBytes = windowBytes / 4;

/**
 * Adds up the frames of one socket that were taken in, whatever their order, and calls `tell` with the sum since the
 * socket opened. The gateway waits with what is beyond its window, so a reader that is slow slows the target.
 */
export function createAcknowledgements(tell: (bytes: number) => void): (frame: string) => void {
  let taken = 0;
  let told = 0;
  return (frame) => {
    taken += utf8Length(frame);
    if (taken - told < ackBytes) return;
    told = taken;
    tell(taken);
  };
}

/** Bytes of a text in UTF-8, without making them. */
export function utf8Length(text: string): number {
  let bytes = 0;
  for (let index = 0; index < text.length; index++) {
    const unit = text.charCodeAt(index);
    if (unit < 0x80) bytes += 1;
    else if (unit < 0x800) bytes += 2;
    else if (unit >= 0xd800 && unit < 0xdc00) {
      bytes += 4;
      index++;
    } else bytes += 3;
  }
  return bytes;
}
