import { Button } from "@mantine/core";
import type { ReactNode } from "react";
import { ErrorLine, type Told } from "./states.tsx";

/** The foot of a dialog: what went wrong, the way out that changes nothing, and beside it the one that goes on. */
export function DialogEnd({
  error,
  leave,
  word = "Leave it",
  children,
}: {
  error: Told | undefined;
  leave: () => void;
  word?: string;
  children: ReactNode;
}) {
  return (
    <>
      <ErrorLine error={error} />
      <div className="row g8 buttons">
        <Button variant="subtle" color="quiet" onClick={leave}>
          {word}
        </Button>
        {children}
      </div>
    </>
  );
}
