import { Button, Select } from "@mantine/core";
import { IconAlignLeft, IconPlayerPlayFilled, IconPlayerStop, IconSitemap } from "@tabler/icons-react";
import { KeyHint } from "../../ui/key-hint.tsx";
import { count } from "../../ui/number.ts";
import type { Deeds } from "./use-console-keys.ts";

const limits = [100, 1000, 10_000, 100_000];
export const defaultLimit = 1000;

type Props = {
  deeds: Deeds;
  /** The session still takes commands. */
  open: boolean;
  /** Something of it runs now. */
  busy: boolean;
  several: boolean;
  limit: number;
  setLimit: (limit: number) => void;
};

export function Toolbar({ deeds, open, busy, several, limit, setLimit }: Props) {
  return (
    <div className="bar sql-bar">
      <Button
        variant="filled"
        leftSection={<IconPlayerPlayFilled size={12} aria-hidden />}
        rightSection={<KeyHint keys={["Ctrl", "↵"]} />}
        disabled={!open}
        onClick={deeds.runStatement}
      >
        Run statement
      </Button>
      <Button variant="subtle" color="quiet" disabled={!open || !several} onClick={deeds.runAll}>
        Run all
      </Button>
      {busy ? (
        <Button
          leftSection={<IconPlayerStop size={14} aria-hidden />}
          rightSection={<KeyHint keys={["Esc"]} />}
          onClick={deeds.cancel}
        >
          Cancel
        </Button>
      ) : null}
      <Button
        className="nophone"
        variant="subtle"
        color="quiet"
        leftSection={<IconAlignLeft size={14} aria-hidden />}
        onClick={deeds.format}
      >
        Format
      </Button>
      <Button
        className="nophone"
        variant="subtle"
        color="quiet"
        leftSection={<IconSitemap size={14} aria-hidden />}
        disabled={!open}
        onClick={deeds.explain}
      >
        Explain
      </Button>
      <span className="sp" />
      <Select
        w={124}
        className="nophone"
        aria-label="Most rows that come back"
        data={limits.map((value) => ({ value: String(value), label: `Limit ${count(value)}` }))}
        value={String(limit)}
        onChange={(value) => setLimit(Number(value ?? defaultLimit))}
      />
    </div>
  );
}
