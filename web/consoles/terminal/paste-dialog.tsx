import { Button, Modal } from "@mantine/core";
import { IconAlertTriangle, IconClipboardText } from "@tabler/icons-react";
import { CommandBlock } from "../../ui/code.tsx";
import { plural } from "../../ui/number.ts";
import type { Paste } from "./paste-check.ts";

type Props = {
  paste: Paste;
  /** The shell takes it as one text and runs nothing before Enter. */
  whole: boolean;
  send: () => void;
  close: () => void;
};

/** Shows what would be pasted, line by line, before a shell gets it. */
export function PasteDialog({ paste, whole, send, close }: Props) {
  const { text, lines, removed } = paste;
  return (
    <Modal opened onClose={close} title={`Paste ${plural(lines, "line")}?`} size={640}>
      <div className="col g12">
        <p className="f12">
          {whole
            ? "The shell takes it as one text: nothing runs before you press Enter."
            : "Each end of a line is an Enter: the lines before the last run one by one, each with its own verdict."}
        </p>
        <div className="paste-text" tabIndex={-1}>
          <CommandBlock text={text} language="shell" tone="quiet" small label="What would be pasted" />
        </div>
        {removed === 0 ? null : (
          <p className="f12 row fg t-stop">
            <IconAlertTriangle className="i" size={14} aria-hidden />
            Left out, for what it does to a terminal: {plural(removed, "control character")}.
          </p>
        )}
        <div className="row">
          <span className="sp" />
          <Button onClick={close}>Cancel</Button>
          <Button
            variant="filled"
            data-autofocus
            leftSection={<IconClipboardText size={14} aria-hidden />}
            onClick={send}
          >
            Paste
          </Button>
        </div>
      </div>
    </Modal>
  );
}
