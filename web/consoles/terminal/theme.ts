import type { ISearchDecorationOptions } from "@xterm/addon-search";
import type { ITheme } from "@xterm/xterm";

export type Scheme = "light" | "dark";

/** Hands `read` the tokens of a scheme, as the hex that xterm wants, whichever the page shows at this moment. */
function fromTokens<Result>(scheme: Scheme, read: (token: (name: string) => string) => Result): Result {
  const probe = document.createElement("i");
  probe.dataset["mantineColorScheme"] = scheme;
  document.body.append(probe);
  const style = getComputedStyle(probe);
  try {
    return read((name) => style.getPropertyValue(`--sl-${name}`).trim());
  } finally {
    probe.remove();
  }
}

/** The sixteen colours in the tones of the portal; what is too weak on its background is strengthened by xterm. */
export const terminalTheme = (scheme: Scheme): ITheme =>
  fromTokens(scheme, (token) => {
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
  });

/** Found words, and the one at which the search stands. */
export const searchColours = (scheme: Scheme): ISearchDecorationOptions =>
  fromTokens(scheme, (token) => ({
    matchBackground: token("wait-bg"),
    matchBorder: token("wait-line"),
    matchOverviewRuler: token("wait-solid"),
    activeMatchBackground: token("wait-line"),
    activeMatchBorder: token("wait-solid"),
    activeMatchColorOverviewRuler: token("wait-solid"),
  }));
