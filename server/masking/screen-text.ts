import type { MaskedField } from "../../shared/nouns/command.ts";
import { activeDetectors, findingClass } from "./detectors/scan.ts";
import type { Found } from "./detectors/detector.ts";
import type { Hidden } from "./hidden.ts";
import { createMarkBound } from "./mark-bound.ts";
import { apart, type Kept, placeOf, type Printed, scan, shownLength, unplaced } from "./printed-text.ts";

/** Masks what a terminal prints, whatever the borders of its pieces, and takes out what speaks to more than its screen. */
export type ScreenText = {
  /** What of it, and of what was held back, can be shown now. */
  write(text: string): string;
  /** Shows what was held back. */
  flush(): string;
  /** Something is held back that may be the beginning of a value, or of a control sequence. */
  readonly holding: boolean;
  /** What was hidden since this was last asked. */
  takeFound(): MaskedField[];
};

/** Text that was shown and that a value may go on from. */
const contextLength = 160;
/** Held back at most: longer beginnings are shown as they are. */
const maxHeld = 4 * 1024;
/** A piece of this many characters is more than the echo of a key: its last word may go on in the next piece. */
const bulkLength = 2;
/** How far a private key reaches from its first line. */
const keyLength = 20_000;
/** Controls of this length hold no value. */
const shortControl = 8;
const hiddenCharacter = "•";

/** Ends of a text that may go on as a card, an account, a phone number or a key; none is longer than `endLength`. */
const suspicious =
  /(?:\+\d[\d ().-]{0,24}|\p{Nd}(?:[ ().\-\p{Zs}\p{Pd}\p{Mn}\p{Cf}]{0,2}\p{Nd}){3,24}[ \-\p{Zs}\p{Pd}\p{Mn}\p{Cf}]{0,2}|[A-Za-z]{2}\d{2}(?:[ \p{Zs}\p{Pd}-]?[A-Za-z0-9]){0,30}[ \p{Zs}\p{Pd}-]?|-{2,5}(?:BEGIN[A-Z0-9 ]{0,40}-{0,5})?)$/u;
const endLength = 80;
/** Beginnings of credentials and addresses, which go on to the end of their word. */
const credential =
  /eyJ|AKIA|ASIA|AIza|IQoJ|F[wQ]oG|gh[pousr]_|github_pat_|gl[a-z]{2,4}-|xox[a-z]-|xapp-|[sr]k_|whsec_|npm_|hf_|dckr_pat_|shp[a-z]{2}_|dop_v1_|glsa_|lin_api_|hvs\.|pypi-|AGE-SECRET|SG\.|sk-|:\/\//;
const credentialLength = 3_000;
const mailbox = { localLength: 64, domainLength: 255 };
const wordLength = 300;
const gap = /[\s\0]/;
const keyBegin = /-----BEGIN [A-Z0-9 ]{0,30}PRIVATE KEY(?: BLOCK)?-----/g;
const keyEnd = /-----END [A-Z0-9 ]{0,30}PRIVATE KEY(?: BLOCK)?-----/;

export function createScreenText(hidden: Hidden): ScreenText {
  const active = activeDetectors(hidden);
  const boundMarks = createMarkBound();
  const found = new Map<string, MaskedField>();
  let held = "";
  let context = "";
  let place = unplaced;
  /** Characters that an open private key may still have. */
  let keyLeft = 0;

  const note = (className: string, rule: string) =>
    found.set(`${className} ${rule}`, { field: "screen", class: className, by: "detector", rule });

  /** Ranges of `text` to hide that reach beyond `from`, counted from there. */
  function find(text: string, from = 0): Found[] {
    const ranges: Found[] = [];
    for (const detector of active) {
      if (!detector.mayHold(text)) continue;
      for (const { start, end } of detector.find(text)) {
        if (end <= from) continue;
        ranges.push({ start: start - from, end: end - from });
        note(findingClass(detector, hidden), `detector:${detector.name}`);
      }
    }
    return ranges;
  }

  /** The rest of a private key that began in an earlier piece. */
  function restOfKey(text: string): Found[] {
    if (keyLeft === 0) return [];
    const end = keyEnd.exec(text);
    const to = Math.min(end ? end.index + end[0].length : text.length, keyLeft);
    keyLeft = end ? 0 : keyLeft - to;
    return [{ start: 0, end: to }];
  }
  function noteOpenKey(text: string): void {
    if (!text.includes("PRIVATE KEY")) return;
    const last = [...text.matchAll(keyBegin)].at(-1);
    if (last && !keyEnd.test(text.slice(last.index))) keyLeft = keyLength;
  }

  function release(piece: string, all: boolean): string {
    const scanned = scan(piece, place);
    const { printed, incompleteFrom } = scanned;
    const keeps = all ? printed.text.length : heldFrom(context, printed.text);
    const cut = Math.min(all ? piece.length : incompleteFrom, placeOf(printed, keeps, piece.length));
    held = piece.slice(cut, cut + maxHeld);
    place = held === "" ? scanned.place : scan(piece.slice(0, cut), place).place;

    const shown = printed.text.slice(0, shownLength(printed, cut));
    const before = context;
    // In one piece: what `+` makes is a tree of both, through which every look at a character goes.
    const whole = [before, shown].join("");
    const ranges = [...find(whole, before.length), ...restOfKey(shown)];
    noteOpenKey(whole);
    context = whole.slice(-contextLength);
    const controls = scanned.controls.filter(isClean(piece));
    const isWhole = !scanned.drops && controls.length === scanned.controls.length && ranges.length === 0;
    return isWhole ? piece.slice(0, cut) : draw(piece, cut, printed, controls, ranges);
  }

  /** A link has a target that is not printed, and could hold what is hidden. */
  const isClean =
    (piece: string) =>
    ({ at, end }: Kept): boolean =>
      end - at <= shortControl || find(piece.slice(at, end)).length === 0;

  return {
    write: (text) => release(held + boundMarks(text), false),
    flush: () => release(held, true),
    get holding() {
      return held !== "";
    },
    takeFound() {
      const taken = [...found.values()];
      found.clear();
      return taken;
    },
  };
}

/** Where what may go on in the next piece begins, which is on its last line; the length of the text where nothing does. */
function heldFrom(context: string, text: string): number {
  const all = context + text;
  const start = Math.max(0, all.length - maxHeld, all.lastIndexOf("\n") + 1, all.lastIndexOf(apart) + 1);
  const ending = suspiciousFrom(all, start);
  // A key that is echoed after a move of the cursor is one character still.
  const length = text.startsWith(apart) ? text.length - apart.length : text.length;
  const isNone = ending === all.length && length >= bulkLength;
  return Math.max(0, (isNone ? wordFrom(all, start, wordLength) : ending) - context.length);
}

/**
 * Where the end of a text that may be the beginning of a value begins, from `start` on; its length where none does. In
 * steps by the length of the end: whoever prints it chooses it.
 */
function suspiciousFrom(text: string, start: number): number {
  const near = Math.max(start, text.length - endLength);
  const ending = suspicious.exec(text.slice(near));
  const word = wordFrom(text, start, credentialLength);
  const secret = credential.exec(text.slice(word));
  const sign = text.indexOf("@", Math.max(word + 1, text.length - mailbox.domainLength - 1));
  return Math.min(
    ending === null ? text.length : near + ending.index,
    secret === null ? text.length : word + secret.index,
    sign < 0 ? text.length : Math.max(word, sign - mailbox.localLength),
  );
}

/** Where the text's last word begins, or its last `most` characters. */
function wordFrom(text: string, start: number, most: number): number {
  const first = Math.max(start, text.length - most);
  let from = text.length;
  while (from > first && !gap.test(text.charAt(from - 1))) from--;
  return from;
}

/** The piece up to `cut`: kept controls as they are, text with the ranges hidden, a bullet for each character. */
function draw(
  piece: string,
  cut: number,
  printed: Printed,
  controls: readonly Kept[],
  ranges: readonly Found[],
): string {
  const hides = ranges.toSorted((a, b) => a.start - b.start);
  let out = "";
  let control = 0;
  const controlsBefore = (place: number) => {
    for (; control < controls.length; control++) {
      const { at, end } = controls[control] ?? { at: Infinity, end: 0 };
      if (at >= place) return;
      out += piece.slice(at, end);
    }
  };
  for (const { at, from, to } of printed.stretches) {
    if (from >= cut) break;
    controlsBefore(from);
    out += hide(piece.slice(from, Math.min(to, cut)), at, hides);
  }
  controlsBefore(cut);
  return out;
}

function hide(text: string, at: number, hides: readonly Found[]): string {
  let out = "";
  let done = 0;
  for (const { start, end } of hides) {
    const from = Math.max(done, start - at);
    const to = Math.min(text.length, end - at);
    if (to <= from) continue;
    out += text.slice(done, from) + text.slice(from, to).replaceAll(/\S/g, hiddenCharacter);
    done = to;
  }
  return out + text.slice(done);
}
