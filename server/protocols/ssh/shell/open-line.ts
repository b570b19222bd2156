/** How much of what was printed is looked at. */
const maxTail = 1024;
/** What moves no cursor, at the end of a text: colours, modes but for the one that changes the screen, titles, shapes. */
const still =
  // oxlint-disable-next-line no-control-regex
  /(?:\u001b\[[\d;:]*m|\u001b\[\?(?!10(?:47|49)[hl])[\d;]*[hl]|\u001b\[\d* q|\u001b\[K|\u001b\][^\u0007\u001b]*(?:\u0007|\u001b\\)|\u0007)+$/;
// oxlint-disable-next-line no-control-regex
const sequenceEnd = /\u001b(?:\[[0-?]*[ -/]*[@-~]|[ -/]*[0-~])$/;

/**
 * Whether what was printed ends in the middle of a line: a prompt begins there. Readline takes its line from the screen
 * from the first column on, and what stands before the prompt with it. Where the cursor was moved nothing is known.
 */
export type OpenLine = {
  printed(bytes: Uint8Array): void;
  readonly isOpen: boolean;
};

export function createOpenLine(): OpenLine {
  let tail = "";
  return {
    printed(bytes) {
      tail = (tail + Buffer.from(bytes.subarray(-maxTail)).toString("latin1")).slice(-maxTail);
    },
    get isOpen() {
      const text = tail.replace(still, "");
      return text !== "" && !/[\u0000-\u001f]$/.test(text) && !sequenceEnd.test(text); // oxlint-disable-line no-control-regex
    },
  };
}
