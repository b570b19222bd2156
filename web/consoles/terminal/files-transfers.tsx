import { ActionIcon, Button, Progress } from "@mantine/core";
import { IconDownload, IconUpload, IconX } from "@tabler/icons-react";
import { Visible } from "../../ui/code.tsx";
import { VerdictChip, type Verdict } from "../../ui/verdict.tsx";
import type { Transfer } from "./use-transfers.ts";

type Props = {
  transfers: readonly Transfer[];
  cancel: (transfer: Transfer) => void;
  /** Asks for the bytes of what is no text. */
  asBytes: (transfer: Transfer) => void;
  /** Asks for a file once more. */
  again: (transfer: Transfer) => void;
};

/** What moves, and what became of what has moved, the latest first. */
export function FilesTransfers({ transfers, cancel, asBytes, again }: Props) {
  return (
    <section className="files-moves" aria-label="Transfers">
      {transfers.length === 0 ? null : (
        <ul>
          {transfers.map((transfer) => (
            <li key={transfer.id}>
              <div className="row g6">
                {transfer.direction === "up" ? (
                  <IconUpload className="i" size={14} aria-label="Upload" />
                ) : (
                  <IconDownload className="i" size={14} aria-label="Download" />
                )}
                <span className="n el" title={transfer.path}>
                  <Visible text={transfer.name} />
                </span>
                <span className="sp" />
                <Standing transfer={transfer} />
                {transfer.state === "moving" || transfer.state === "held" ? (
                  <ActionIcon
                    aria-label={`${transfer.state === "held" ? "Withdraw" : "Cancel"} ${transfer.name}`}
                    onClick={() => cancel(transfer)}
                  >
                    <IconX size={14} aria-hidden />
                  </ActionIcon>
                ) : null}
              </div>
              {transfer.state === "moving" ? <Bar transfer={transfer} /> : null}
              <Words transfer={transfer} asBytes={asBytes} again={again} />
            </li>
          ))}
        </ul>
      )}
      <p className="f11 t2">Each transfer is a command: decided, hashed, recorded.</p>
    </section>
  );
}

const percent = ({ moved, of }: Transfer): number | undefined =>
  of === undefined || of === 0 ? undefined : Math.round((100 * moved) / of);

function Standing({ transfer }: { transfer: Transfer }) {
  const { state, error } = transfer;
  if (state === "moving") {
    const done = percent(transfer);
    return (
      <span className="f11 t2">{done === undefined ? "Asked" : done === 100 ? "Decided" : `${done} %`}</span>
    );
  }
  const verdict: Verdict = state === "failed" && error?.code === "blocked" ? "blocked" : state;
  return <VerdictChip verdict={verdict} bare {...(state === "completed" && { word: "Checked" })} />;
}

function Bar({ transfer }: { transfer: Transfer }) {
  const done = percent(transfer) ?? 0;
  return <Progress value={done} size="sm" aria-label={`${transfer.name}: ${done} %`} />;
}

/** On whom it waits, or why it did not go. */
function Words({ transfer, asBytes, again }: { transfer: Transfer } & Pick<Props, "asBytes" | "again">) {
  const { state, command, error, direction } = transfer;
  if (state === "held") {
    const groups = command?.review?.reviewers.map(({ group }) => group).join(" and ");
    return <p className="f11 t2">{`Waits on ${groups ?? "a reviewer"}. Nothing has moved at the host.`}</p>;
  }
  if (state !== "failed" || error === undefined) return null;
  return (
    <div role="alert" className="f11">
      <p>{error.message}</p>
      {error.code === "not_text" ? (
        <Button size="compact-xs" variant="default" onClick={() => asBytes(transfer)}>
          Ask for its bytes
        </Button>
      ) : (
        <>
          {error.hint === undefined ? null : <p className="t2">{error.hint}</p>}
          {error.code === "network" && direction === "down" ? (
            <Button size="compact-xs" variant="default" onClick={() => again(transfer)}>
              Try again
            </Button>
          ) : null}
        </>
      )}
    </div>
  );
}
