import type { ISearchDecorationOptions } from "@xterm/addon-search";
import type { ITheme } from "@xterm/xterm";
import { terminalTheme as themeFrom } from "../../ui/terminal-theme.ts";

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

/** The colours of a scheme. */
export const terminalTheme = (scheme: Scheme): ITheme => fromTokens(scheme, themeFrom);

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
