import "@xterm/xterm/css/xterm.css";
import { FitAddon } from "@xterm/addon-fit";
import { SearchAddon } from "@xterm/addon-search";
import { UnicodeGraphemesAddon } from "@xterm/addon-unicode-graphemes";
import { WebLinksAddon } from "@xterm/addon-web-links";
import { Terminal } from "@xterm/xterm";

export type Xterm = { terminal: Terminal; fit: FitAddon; search: SearchAddon };

const scrollbackLines = 5_000;
/** WCAG AA, whatever colours a program chooses. */
const contrast = 4.5;
/** Window titles, icons and the clipboard: a target asks for none of them here. */
const ignoredCommands = [0, 1, 2, 52] as const;

/** A terminal without a place yet. `openLink` is asked where somebody follows a link, be it text or marked as one. */
export function createXterm({ openLink }: { openLink: (address: string) => void }): Xterm {
  const terminal = new Terminal({
    allowProposedApi: true,
    cursorBlink: false,
    fontFamily: '"JetBrains Mono Variable", "JetBrains Mono", ui-monospace, Menlo, monospace',
    lineHeight: 1.1,
    linkHandler: { activate: (_event, address) => openLink(address) },
    minimumContrastRatio: contrast,
    rescaleOverlappingGlyphs: true,
    scrollback: scrollbackLines,
    windowOptions: {},
  });
  const fit = new FitAddon();
  const search = new SearchAddon();
  terminal.loadAddon(fit);
  terminal.loadAddon(search);
  terminal.loadAddon(new UnicodeGraphemesAddon());
  terminal.loadAddon(new WebLinksAddon((_event, address) => openLink(address)));
  for (const command of ignoredCommands) terminal.parser.registerOscHandler(command, () => true);
  return { terminal, fit, search };
}
