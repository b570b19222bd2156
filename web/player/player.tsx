import "./player.css";
import { useEffect } from "react";
import { ErrorState, Waiting } from "../ui/states.tsx";
import { Contents } from "./contents.tsx";
import { Scene } from "./scene.tsx";
import { TimelineView } from "./timeline-view.tsx";
import { Transport } from "./transport.tsx";
import type { Player } from "./use-player.ts";

/** Replay and live watch: the same player, whatever drives it. `again` starts a driver that failed over. */
export function PlayerView({
  player,
  letters,
  again,
}: {
  player: Player;
  /** Whether a keystroke is the player's: outside fields, and single letters switched on. */
  letters: (event: KeyboardEvent) => boolean;
  again: () => void;
}) {
  usePlayerKeys(player, letters);
  if (player.error !== undefined && player.story.opened === undefined)
    return <ErrorState error={player.error} again={again} />;
  if (!player.ready && player.story.opened === undefined) return <Waiting what="Reading the recording" />;
  return (
    <div className="player">
      {player.error === undefined ? null : (
        <p className="verdict t-stop" role="alert">
          <b>{player.error.message}</b> <span>{player.error.hint}</span>
          <span className="sp" />
          <button type="button" className="linkbtn" onClick={again}>
            Start over
          </button>
        </p>
      )}
      <TimelineView player={player} />
      <Transport player={player} />
      <div className="ply">
        <Contents player={player} />
        <Scene player={player} />
      </div>
    </div>
  );
}

function usePlayerKeys(player: Player, letters: (event: KeyboardEvent) => boolean): void {
  useEffect(() => {
    const onKey = (event: KeyboardEvent) => {
      if (event.ctrlKey || event.metaKey || event.altKey || !letters(event)) return;
      const onButton =
        event.target instanceof Element && event.target.closest("button, a, summary, [role=slider]") !== null;
      const act: Record<string, () => void> = {
        ...(!onButton && { " ": player.toggle }),
        ArrowUp: () => player.step(-1),
        ArrowDown: () => player.step(1),
        h: () => player.next("hold"),
        b: () => player.next("refusal"),
      };
      const run = act[event.key];
      if (run === undefined) return;
      event.preventDefault();
      run();
    };
    window.addEventListener("keydown", onKey);
    return () => window.removeEventListener("keydown", onKey);
  }, [player, letters]);
}
