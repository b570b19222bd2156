import { Button, CopyButton, Modal } from "@mantine/core";
import type { ResultColumn } from "../../../shared/nouns/command.ts";
import { Visible } from "../../ui/code.tsx";
import { MaskBadge } from "../../ui/marks.tsx";
import { count } from "../../ui/number.ts";

/** All of one value, as the grid shows it: masked stays masked. */
export function ValueDialog({
  column,
  row,
  value,
  close,
}: {
  column: ResultColumn | undefined;
  row: number;
  value: string | null;
  close: () => void;
}) {
  return (
    <Modal opened onClose={close} size="lg" title={`${column?.name ?? "Value"}, row ${count(row + 1)}`}>
      <div className="row g8" style={{ marginBottom: 10 }}>
        <code className="f12 t2">{column?.type}</code>
        {column?.class === undefined ? null : <MaskBadge name={column.class} open={column.masked !== true} />}
        <span className="sp" />
        <CopyButton value={value ?? ""}>
          {({ copied, copy }) => <Button onClick={copy}>{copied ? "Copied" : "Copy"}</Button>}
        </CopyButton>
      </div>
      <pre className="ed whole">
        {value === null ? (
          <i className="nul">null</i>
        ) : value === "" ? (
          <i className="nul">empty text</i>
        ) : (
          <Visible text={value} />
        )}
      </pre>
    </Modal>
  );
}
