import { ActionIcon, Button, SegmentedControl } from "@mantine/core";
import {
  IconBan,
  IconCheck,
  IconPlayerPauseFilled,
  IconPlayerPlayFilled,
  IconPlayerSkipBack,
  IconPlayerSkipForward,
  IconPlayerTrackNext,
  IconPointFilled,
} from "@tabler/icons-react";
import { KeyHint } from "../ui/key-hint.tsx";
import { speeds } from "./clock.ts";
import { at } from "./time-text.ts";
import type { Player } from "./use-player.ts";

/** Play, speed, idle, and the ways to what matters. */
export function Transport({ player }: { player: Player }) {
  const { playing, position, end, speed, skipIdle, live, following } = player;
  return (
    <div className="bar transport" role="toolbar" aria-label="Playback">
      <ActionIcon aria-label="Previous event" onClick={() => player.step(-1)}>
        <IconPlayerSkipBack size={16} aria-hidden />
      </ActionIcon>
      <Button
        variant="filled"
        className="play"
        onClick={player.toggle}
        aria-label={playing ? "Pause" : "Play"}
        aria-keyshortcuts="Space"
      >
        {playing ? (
          <IconPlayerPauseFilled size={16} aria-hidden />
        ) : (
          <IconPlayerPlayFilled size={16} aria-hidden />
        )}
      </Button>
      <ActionIcon aria-label="Next event" onClick={() => player.step(1)}>
        <IconPlayerSkipForward size={16} aria-hidden />
      </ActionIcon>
      <span className="mono f12 at">
        {at(position)} <span className="t3">/ {at(end)}</span>
      </span>
      <SegmentedControl
        aria-label="Speed"
        value={String(speed)}
        onChange={(value) => player.setSpeed(speeds.find((known) => String(known) === value) ?? 1)}
        data={speeds.map((value) => ({ value: String(value), label: `${value}×` }))}
      />
      <Button
        variant={skipIdle ? "light" : "default"}
        color="move"
        aria-pressed={skipIdle}
        leftSection={
          skipIdle ? <IconCheck size={14} aria-hidden /> : <IconPlayerTrackNext size={14} aria-hidden />
        }
        onClick={() => player.setSkipIdle(!skipIdle)}
      >
        Skip idle
      </Button>
      {live ? (
        <Button
          variant={following ? "light" : "default"}
          color="go"
          aria-pressed={following}
          leftSection={<IconPointFilled size={14} aria-hidden />}
          onClick={player.follow}
        >
          {following ? "Live" : "Back to live"}
        </Button>
      ) : null}
      <span className="sp" />
      <span className="f11 t2 row g4 nophone legend">
        <i className="vol t-mask" aria-hidden /> masked
      </span>
      <Button
        variant="subtle"
        color="quiet"
        className="nophone"
        leftSection={<IconPlayerPauseFilled size={14} aria-hidden />}
        rightSection={<KeyHint keys={["H"]} />}
        onClick={() => player.next("hold")}
      >
        Next hold
      </Button>
      <Button
        variant="subtle"
        color="quiet"
        className="nophone"
        leftSection={<IconBan size={14} aria-hidden />}
        rightSection={<KeyHint keys={["B"]} />}
        onClick={() => player.next("refusal")}
      >
        Next refusal
      </Button>
    </div>
  );
}
