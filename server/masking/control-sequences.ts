/** A control sequence of a terminal (ECMA-48, and what xterm adds), where it stands in a text. */
export type Control = {
  /** Behind its last character. */
  end: number;
  /** False: the text ends within it. */
  complete: boolean;
  /** False: it speaks to the terminal's surroundings (title, clipboard, reports of what was set before), not to its screen. */
  kept: boolean;
  /** What is printed after it stands somewhere else than right behind what was printed before. */
  moves: boolean;
};

/**
 * Where the next control character stands, or one that takes no place on a screen: marks, formats, fillers. Tabs and line
 * breaks, with the return before them, are text.
 */
export const controlCharacter =
  // oxlint-disable-next-line no-control-regex -- control characters are what it looks for
  /[\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f-\u009f\p{M}\p{Cf}\p{Default_Ignorable_Code_Point}]|\r(?!\n)/gu;

const escape = "\u001b";
const asciiControls = Array.from({ length: 0x80 }, (_, code) => String.fromCharCode(code)).filter(
  (character) => character !== "\r" && new RegExp(controlCharacter).test(character),
);

/**
 * Whether a text has no such characters: a flood of lines. Each character is looked for by itself, which takes less
 * time for all of them than one pattern.
 */
export function isPlain(text: string): boolean {
  if (otherCharacter.test(text) || asciiControls.some((character) => text.includes(character))) return false;
  for (let at = text.indexOf("\r"); at >= 0; at = text.indexOf("\r", at + 1))
    if (text.charCodeAt(at + 1) !== lineFeed) return false;
  return true;
}
const lineFeed = 0x0a;
// oxlint-disable-next-line no-control-regex -- control characters are what it looks for
const otherCharacter = /[\u0080-\u009f\p{M}\p{Cf}\p{Default_Ignorable_Code_Point}]/u;
const unseenCharacter = /^[\p{M}\p{Cf}\p{Default_Ignorable_Code_Point}]$/u;
/** Introducers by their 7-bit second character and as one C1 character. */
const c1: Readonly<Record<string, string>> = {
  "\u0090": "P",
  "\u0098": "X",
  "\u009b": "[",
  "\u009d": "]",
  "\u009e": "^",
  "\u009f": "_",
};
/** Single characters that a screen needs: BEL, BS, VT, FF, CR, shifts of character sets. */
const keptSingles = new Set(["\u0007", "\u0008", "\u000b", "\u000c", "\u000d", "\u000e", "\u000f"]);
/** Those that print nothing and move nothing, whether they are kept or not. */
const stillSingles = new Set(["\u0000", "\u0005", "\u0007", "\u000e", "\u000f", "\u007f"]);
/** Erasing, colours, modes, tab stops, reports, the cursor's shape. What is private moves nothing either. */
const stillCsi = new Set(["J", "K", "X", "c", "g", "h", "i", "l", "m", "n", "p", "q", "t"]);
const privateCsi = /^[<=>?]/;
/** Keypad modes, a saved cursor, a tab stop, character sets. */
const stillEscapes = new Set(["7", "=", ">", "H", "n", "o", "|", "}", "~"]);
/** OSC commands that colour the screen or link its text. */
const keptCommands = new Set(["4", "8", "10", "11", "12", "104", "110", "111", "112"]);
/** CSI that is done as often as it says: scroll, insert and delete lines, go on by tabs, print again. */
const repeated = new Set(["S", "T", "L", "M", "I", "Z", "b"]);
/** More than any screen has rows or columns. A terminal would do it, and nothing else meanwhile. */
const maxRepeats = 1_000;

/** Reads the control that begins at `at`. */
export function readControl(text: string, at: number): Control {
  const first = text.charAt(at);
  const introducer = first === escape ? text.charAt(at + 1) : c1[first];
  if (first === escape && introducer === "") return incomplete(text);
  const character = String.fromCodePoint(text.codePointAt(at) ?? 0);
  if (unseenCharacter.test(character))
    return { end: at + character.length, complete: true, kept: true, moves: false };
  if (introducer === undefined)
    return { end: at + 1, complete: true, kept: keptSingles.has(first), moves: !stillSingles.has(first) };
  const from = at + (first === escape ? 2 : 1);
  if (introducer === "[") return readCsi(text, from);
  if ("]PX^_k".includes(introducer)) return readString(text, from, introducer);
  return readEscape(text, from - 1);
}

const incomplete = (text: string): Control => ({
  end: text.length,
  complete: false,
  kept: false,
  moves: true,
});

/** CSI: parameters, intermediates, a final character. */
function readCsi(text: string, from: number): Control {
  let end = from;
  while (end < text.length && text.charCodeAt(end) >= 0x20 && text.charCodeAt(end) <= 0x3f) end++;
  if (end >= text.length) return incomplete(text);
  const final = text.charAt(end);
  const isFinal = final >= "@" && final <= "~";
  // A control character inside aborts it; what follows is read for itself.
  if (!isFinal) return { end, complete: true, kept: false, moves: true };
  const stays = stillCsi.has(final) || privateCsi.test(text.slice(from, end));
  const endless = repeated.has(final) && Number.parseInt(text.slice(from, end), 10) > maxRepeats;
  // `t` reports and changes the window, its title among others.
  return { end: end + 1, complete: true, kept: final !== "t" && !endless, moves: !stays };
}

/**
 * OSC, DCS, SOS, PM, APC and a title of screen's: until ST, or BEL for OSC. As in a terminal, any other escape gives the
 * string up and is read for itself: what came before it goes, so that no text or command hides in a string.
 */
function readString(text: string, from: number, introducer: string): Control {
  for (let at = from; at < text.length; at++) {
    const character = text.charAt(at);
    const isEscape = character === escape;
    if (isEscape && at + 1 >= text.length) return incomplete(text);
    if (isEscape && text.charAt(at + 1) !== "\\")
      return { end: at, complete: true, kept: false, moves: true };
    const isStringEnd = character === "\u009c" || isEscape;
    const isBell = introducer === "]" && character === "\u0007";
    const isAborted = character === "\u0018" || character === "\u001a";
    if (!isStringEnd && !isBell && !isAborted) continue;
    const end = at + (isEscape ? 2 : 1);
    const body = text.slice(from, at);
    const kept = introducer === "]" && !isAborted && isKeptCommand(body);
    return { end, complete: true, kept, moves: false };
  }
  return incomplete(text);
}

function isKeptCommand(body: string): boolean {
  const [command = "", ...rest] = body.split(";");
  // A question is answered as if its user had typed it.
  return keptCommands.has(command) && (command === "8" || !rest.includes("?"));
}

/** Other escape sequences: intermediates, a final character. */
function readEscape(text: string, from: number): Control {
  let end = from;
  while (end < text.length && text.charCodeAt(end) >= 0x20 && text.charCodeAt(end) <= 0x2f) end++;
  if (end >= text.length) return incomplete(text);
  const final = text.charCodeAt(end);
  if (final < 0x30 || final > 0x7e) return { end, complete: true, kept: false, moves: true };
  return {
    end: end + 1,
    complete: true,
    kept: true,
    moves: end === from && !stillEscapes.has(text.charAt(end)),
  };
}
