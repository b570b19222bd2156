import { visible } from "../../../shared/visible.ts";

/** Characters of one paste; more belongs into a file. */
export const maxPasteLength = 1024 * 1024;

export type Paste = {
  /** What would be sent: line ends as one character, without characters that act on the terminal. */
  text: string;
  lines: number;
  /** It is more than words on one line: somebody looks at it first. */
  ask: boolean;
  /** Control characters that were in it and are left out. An escape could end the paste and type by itself. */
  removed: number;
  /** Characters that cannot be seen or can be mistaken, and are sent. */
  hidden: number;
};

// oxlint-disable-next-line no-control-regex -- those are what it is about
const acting = /[\u0000-\u0008\u000b-\u001f\u007f-\u009f]/gu;

/** What a paste holds. A line end in it is an Enter, unless the shell takes pastes as a whole. */
export function checkPaste(pasted: string): Paste {
  const lined = pasted.replace(/\r\n?/gu, "\n");
  const text = lined.replace(acting, "");
  const removed = lined.length - text.length;
  const hidden = visible(text).hidden.length;
  return {
    text,
    lines: text.replace(/\n$/u, "").split("\n").length,
    ask: text.includes("\n") || removed > 0 || hidden > 0,
    removed,
    hidden,
  };
}
