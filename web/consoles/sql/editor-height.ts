const key = "sluice.editor-height";

/** Of the editor, in pixels: what is left for a few lines, and what the bars and a few rows below it take. */
export const lowestEditor = 80;
const restPx = 250;

/** The tallest that the editor may get in a column of that height. */
export const tallestEditor = (columnPx: number): number => Math.max(lowestEditor, columnPx - restPx);

/** How far between its lowest and its tallest a height is, in whole percent. */
export function editorShare(px: number, tallest: number): number {
  if (tallest <= lowestEditor) return 100;
  return Math.round((100 * (clamp(px, tallest) - lowestEditor)) / (tallest - lowestEditor));
}

export const clamp = (px: number, tallest: number): number =>
  Math.round(Math.min(tallest, Math.max(lowestEditor, px)));

/** The height that somebody chose in this browser; undefined leaves it to the page. */
export function keptEditorHeight(): number | undefined {
  const kept = Number.parseInt(window.localStorage.getItem(key) ?? "", 10);
  return kept >= lowestEditor ? kept : undefined;
}

export function keepEditorHeight(px: number | undefined): void {
  if (px === undefined) window.localStorage.removeItem(key);
  else window.localStorage.setItem(key, String(px));
}
