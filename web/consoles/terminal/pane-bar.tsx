import { Button, Menu } from "@mantine/core";
import {
  IconAccessible,
  IconChevronDown,
  IconLayoutColumns,
  IconSearch,
  IconTypography,
} from "@tabler/icons-react";
import { KeyHint } from "../../ui/key-hint.tsx";
import type { TerminalState } from "./living-terminal.ts";
import { ModeMenu } from "./mode-menu.tsx";
import { fontSizes } from "./preferences.ts";
import type { OwnPreferences } from "./use-preferences.ts";

type Props = {
  state: TerminalState;
  preferences: OwnPreferences;
  find: () => void;
  /** Absent where there is no room for another. */
  split: (() => void) | undefined;
  openAnother: () => void;
  askRaw: () => void;
};

/** Above a terminal: how it is governed, its size, and what can be done with it. */
export function PaneBar({ state: { mode, size }, preferences, find, split, openAnother, askRaw }: Props) {
  const { fontSize, screenReader, change } = preferences;
  return (
    <div className={mode === "raw" ? "bar sub term-bar raw" : "bar sub term-bar"}>
      <ModeMenu mode={mode} openAnother={openAnother} askRaw={askRaw} />
      <span className="f12 t2 nophone">
        {size.columns} × {size.rows}
      </span>
      <span className="sp" />
      <span className="f11 t3 row g4 nophone way-out">
        <KeyHint keys={["F6"]} /> <span className="words">leaves the terminal</span>
      </span>
      <Button
        variant="subtle"
        color="quiet"
        title="Ctrl Shift F"
        leftSection={<IconSearch size={14} aria-hidden />}
        onClick={find}
      >
        Find
      </Button>
      {split === undefined ? null : (
        <Button
          variant="subtle"
          color="quiet"
          className="nophone"
          title="Ctrl Shift 5"
          leftSection={<IconLayoutColumns size={14} aria-hidden />}
          onClick={split}
        >
          Split
        </Button>
      )}
      <Menu position="bottom-end" width={210}>
        <Menu.Target>
          <Button
            variant="subtle"
            color="quiet"
            className="nophone"
            rightSection={<IconChevronDown size={12} aria-hidden />}
            aria-label={`Text of ${fontSize} px: size and screen reader`}
          >
            {fontSize} px
          </Button>
        </Menu.Target>
        <Menu.Dropdown>
          <Menu.Label>Size of the text</Menu.Label>
          {fontSizes.map((size) => (
            <Menu.Item
              key={size}
              leftSection={<IconTypography size={14} aria-hidden />}
              rightSection={size === fontSize ? "chosen" : undefined}
              onClick={() => change({ fontSize: size })}
            >
              {size} px
            </Menu.Item>
          ))}
          <Menu.Divider />
          <Menu.Item
            leftSection={<IconAccessible size={14} aria-hidden />}
            onClick={() => change({ screenReader: !screenReader })}
          >
            {screenReader ? "Screen reader mode: on" : "Screen reader mode: off"}
          </Menu.Item>
        </Menu.Dropdown>
      </Menu>
    </div>
  );
}
