import { Menu } from "@mantine/core";
import {
  IconChevronDown,
  IconPlus,
  IconShieldCheck,
  IconShieldOff,
  IconShieldQuestion,
} from "@tabler/icons-react";
import type { TerminalState } from "./living-terminal.ts";
import { rawLabel } from "./raw.ts";

type Props = {
  mode: TerminalState["mode"];
  openAnother: () => void;
  /** Asks for a terminal whose lines nobody judges. */
  askRaw: () => void;
};

const modes = {
  governed: {
    word: "Governed",
    tone: "go",
    icon: IconShieldCheck,
    about: "The shell asks before it runs a line: each gets a verdict of its own.",
  },
  line: {
    word: "Line by line",
    tone: "go",
    icon: IconShieldCheck,
    about: "The gate edits the line and sends it once it has its verdict: this shell cannot ask by itself.",
  },
  raw: {
    word: rawLabel,
    tone: "wait",
    icon: IconShieldOff,
    about:
      "No line gets a verdict. What the screen shows is recorded, and a policy allows the terminal as a whole.",
  },
} as const;
const none = {
  word: "No shell yet",
  tone: "quiet",
  icon: IconShieldQuestion,
  about: "The shell is not there yet.",
} as const;

/** How a terminal is governed, for as long as it is shown; and the way to one that is governed otherwise. */
export function ModeMenu({ mode, openAnother, askRaw }: Props) {
  const { word, tone, icon: Icon, about } = mode === undefined ? none : modes[mode];
  return (
    <Menu position="bottom-start" width={300}>
      <Menu.Target>
        <button type="button" className={`chip t-${tone}`} title={about}>
          <Icon size={14} aria-hidden />
          {word}
          <IconChevronDown size={12} aria-hidden />
        </button>
      </Menu.Target>
      <Menu.Dropdown>
        <Menu.Label>{about}</Menu.Label>
        <Menu.Item leftSection={<IconPlus size={14} aria-hidden />} onClick={openAnother}>
          Open a governed terminal
        </Menu.Item>
        <Menu.Item leftSection={<IconShieldOff size={14} aria-hidden />} onClick={askRaw}>
          Open a recorded-only terminal…
        </Menu.Item>
      </Menu.Dropdown>
    </Menu>
  );
}
