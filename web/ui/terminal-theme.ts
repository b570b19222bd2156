import type { ITheme } from "@xterm/xterm";

/** The value of a token in the theme that is shown now, as the hex that xterm reads. */
export function tokenReader(): (name: string) => string {
  const style = getComputedStyle(document.documentElement);
  return (name) => style.getPropertyValue(`--sl-${name}`).trim();
}

export const terminalFont = '"JetBrains Mono Variable", "JetBrains Mono", ui-monospace, Menlo, monospace';
/** WCAG AA, whatever colours a program chooses. */
export const terminalContrast = 4.5;

/** The sixteen colours in the tones of the portal; what is too weak on its background is strengthened by xterm. */
export function terminalTheme(token: (name: string) => string = tokenReader()): ITheme {
  const [foreground, background, dim] = [token("term-fg"), token("term-bg"), token("term-dim")];
  const [red, green, yellow] = [token("term-red"), token("term-green"), token("term-yellow")];
  const [blue, magenta, cyan] = [token("term-blue"), token("mask-fg"), token("term-cyan")];
  return {
    ...{ foreground, background, cursor: foreground, cursorAccent: background },
    ...{ selectionBackground: token("selected"), selectionInactiveBackground: token("selected") },
    scrollbarSliderBackground: `${token("line-strong")}80`,
    scrollbarSliderHoverBackground: `${token("line-strong")}c0`,
    scrollbarSliderActiveBackground: token("line-strong"),
    ...{ black: token("doubt-solid"), red, green, yellow, blue, magenta, cyan, white: dim },
    ...{ brightBlack: dim, brightRed: red, brightGreen: green, brightYellow: yellow },
    ...{ brightBlue: blue, brightMagenta: magenta, brightCyan: cyan, brightWhite: foreground },
  };
}
