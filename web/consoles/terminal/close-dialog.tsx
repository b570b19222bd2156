import { Button, Modal } from "@mantine/core";
import { IconPlugOff } from "@tabler/icons-react";
import { CommandBlock } from "../../ui/code.tsx";
import { verdicts } from "../../ui/verdict.tsx";
import type { TerminalCommand } from "./commands.ts";
import { asksRaw } from "./raw.ts";

/** A session whose line still runs, or waits, takes it along when it is closed. */
export function CloseDialog({
  command,
  end,
  close,
}: {
  command: TerminalCommand;
  end: () => void;
  close: () => void;
}) {
  const { text, state } = command;
  const waits = state === "held";
  const what = asksRaw(command) ? "The recorded-only terminal" : "A line";
  return (
    <Modal opened onClose={close} title="Close this session?" size={520}>
      <div className="col g12">
        <p className="f12">
          {waits
            ? `${what} still waits, and is withdrawn with it.`
            : `${what} still runs, and is ended with it.`}
        </p>
        <CommandBlock text={text} language="shell" tone={verdicts[state].tone} waiting={waits} small />
        <div className="row">
          <span className="sp" />
          <Button onClick={close} data-autofocus>
            Keep it open
          </Button>
          <Button
            variant="filled"
            color="stop"
            leftSection={<IconPlugOff size={14} aria-hidden />}
            onClick={end}
          >
            Close the session
          </Button>
        </div>
      </div>
    </Modal>
  );
}
