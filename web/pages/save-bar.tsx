import "./save-bar.css";
import { Button } from "@mantine/core";
import { toUserError } from "../api/errors.ts";

type Props = {
  /** What is changed, in words; undefined: nothing. */
  changed: string | undefined;
  /** Why it cannot be saved as it is. */
  wrong?: string | undefined;
  saving: boolean;
  error: unknown;
  save: () => void;
  discard: () => void;
  word: string;
};

/** What is changed, and the two ways out. Always there, so that nothing jumps. */
export function SaveBar({ changed, wrong, saving, error, save, discard, word }: Props) {
  const told = error === null || error === undefined ? undefined : toUserError(error);
  return (
    <footer className="savebar" aria-label="Changes">
      <p className="f12 el sp" role="status">
        {told === undefined ? (
          <span className={wrong === undefined ? "t2" : "fg t-stop"}>{wrong ?? changed ?? "No change"}</span>
        ) : (
          <span className="fg t-stop">
            <b>{told.message}</b> {told.code === "managed" ? "Change it in that file." : told.hint}
          </span>
        )}
      </p>
      <Button disabled={changed === undefined} onClick={discard}>
        Discard
      </Button>
      <Button
        variant="filled"
        disabled={changed === undefined || wrong !== undefined}
        loading={saving}
        onClick={save}
      >
        {word}
      </Button>
    </footer>
  );
}
