import { lazy, Suspense } from "react";
import { bring } from "../api/bring.ts";
import { Waiting } from "../ui/states.tsx";
import type { StoryTerminal } from "./story.ts";

/** xterm comes with the first terminal that is watched. */
const TerminalScreen = lazy(() => bring(() => import("./terminal-screen.tsx")));

/** What stood on the actor's terminal at `position`. */
export function TerminalScene({
  terminal,
  position,
  name,
}: {
  terminal: StoryTerminal;
  position: number;
  name: string;
}) {
  return (
    <Suspense fallback={<Waiting what="Setting the terminal up" />}>
      <TerminalScreen
        track={terminal.track}
        position={position}
        label={`The terminal as ${name} saw it, read only`}
      />
    </Suspense>
  );
}
