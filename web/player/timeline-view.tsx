import { IconAlertTriangle, IconBan, IconUserCheck, IconUserX } from "@tabler/icons-react";
import type { CSSProperties, KeyboardEvent, PointerEvent, ReactNode } from "react";
import { useMemo, useRef } from "react";
import type { Tone } from "../ui/tone.ts";
import { verdicts } from "../ui/verdict.tsx";
import { outputBy, rowsOut, wasStopped, type StoryCommand } from "./story.ts";
import { at } from "./time-text.ts";
import { createScale, holdSpans, ticks, withoutHolds, type Scale } from "./timeline.ts";
import type { Player } from "./use-player.ts";

const stepMs = 5000;
const leastBarPx = 5;
const mostRowsPx = 20;
const leastRowsPx = 4;

/** The session at a glance, and a slider over it. Lanes say the same as the table of contents beside. */
export function TimelineView({ player }: { player: Player }) {
  const { story, end, position, quiet } = player;
  const track = useRef<HTMLDivElement>(null);
  const scale = useMemo(() => createScale(end, quiet), [end, quiet]);
  const labels = useMemo(() => ticks(scale, quiet), [scale, quiet]);
  const hatched = withoutHolds(quiet, holdSpans(story, end));
  const left = (ms: number): CSSProperties => ({ left: `${scale.toFraction(ms) * 100}%` });
  const point = ({ clientX }: { clientX: number }) => {
    const box = track.current?.getBoundingClientRect();
    if (box) player.seek(scale.toTime((clientX - box.left) / box.width));
  };
  const onPointerDown = (event: PointerEvent<HTMLDivElement>) => {
    event.currentTarget.setPointerCapture(event.pointerId);
    point(event);
  };
  const onKeyDown = (event: KeyboardEvent) => {
    const to: Record<string, number> = {
      ArrowLeft: position - stepMs,
      ArrowRight: position + stepMs,
      Home: 0,
      End: end,
    };
    const ms = to[event.key];
    if (ms === undefined) return;
    event.preventDefault();
    event.stopPropagation();
    player.seek(Math.min(end, ms));
  };
  return (
    <div className="tl">
      <div className="lane ax" aria-hidden>
        <span />
        <div className="tr">
          {labels.map((ms) => (
            <span key={ms} style={left(ms)}>
              {at(ms)}
            </span>
          ))}
        </div>
      </div>
      <Lane name="Commands">
        {story.commands.map((command) => (
          <Bar key={command.id} command={command} scale={scale} end={end} />
        ))}
      </Lane>
      <Lane name="Holds">
        {story.commands.map(({ id, hold }) =>
          hold === undefined ? null : (
            <i
              key={id}
              className="bar-hold t-wait"
              style={{ ...left(hold.from), width: width(scale, hold.from, hold.to ?? end) }}
            >
              <b>{at((hold.to ?? end) - hold.from)}</b>
            </i>
          ),
        )}
      </Lane>
      <Lane name="Votes">
        {story.commands.flatMap(({ id, votes }) =>
          votes.map((vote) => (
            <Point
              key={`${id}${vote.at}${vote.name}`}
              tone={vote.verdict === "approve" ? "go" : "stop"}
              style={left(vote.at)}
            >
              {vote.verdict === "approve" ? <IconUserCheck size={14} /> : <IconUserX size={14} />}
            </Point>
          )),
        )}
      </Lane>
      <Lane name={story.opened?.kind === "ssh" ? "Output" : "Rows out"}>
        <CameOut commands={story.commands} left={left} />
      </Lane>
      <Lane name="Stopped">
        {story.commands.filter(wasStopped).map((command) => (
          <Point
            key={command.id}
            tone={verdicts[command.state].tone}
            style={left(command.settledAt ?? command.at)}
          >
            {command.state === "blocked" ? (
              <IconBan size={14} />
            ) : command.state === "rejected" ? (
              <IconUserX size={14} />
            ) : (
              <IconAlertTriangle size={14} />
            )}
          </Point>
        ))}
      </Lane>
      <div
        className="over"
        ref={track}
        role="slider"
        tabIndex={0}
        aria-label="Position in the session"
        aria-valuemin={0}
        aria-valuemax={Math.round(end / 1000)}
        aria-valuenow={Math.round(position / 1000)}
        aria-valuetext={`${at(position)} of ${at(end)}`}
        onPointerDown={onPointerDown}
        onPointerMove={(event) => event.buttons > 0 && point(event)}
        onKeyDown={onKeyDown}
      >
        {hatched.map(({ from, to }) => (
          <i key={from} className="idle" style={{ ...left(from), width: width(scale, from, to) }}>
            <b>{player.skipIdle ? `idle ${at(to - from)}, skipped` : `idle ${at(to - from)}`}</b>
          </i>
        ))}
        <i className="head" style={left(position)}>
          <b style={{ transform: `translateX(${scale.toFraction(position) * -100}%)` }}>{at(position)}</b>
        </i>
      </div>
    </div>
  );
}

function Lane({ name, children }: { name: string; children: ReactNode }) {
  return (
    <div className="lane" aria-hidden>
      <span className="ln">{name}</span>
      <div className="tr">{children}</div>
    </div>
  );
}

const width = (scale: Scale, from: number, to: number) =>
  `max(${leastBarPx}px, ${(scale.toFraction(to) - scale.toFraction(from)) * 100}%)`;

/** What waited begins to run when its hold ends; what still waits has not begun. */
function Bar({ command, scale, end }: { command: StoryCommand; scale: Scale; end: number }) {
  const { tone } = verdicts[command.state];
  const { hold } = command;
  const waits = hold !== undefined && hold.to === undefined;
  const from = hold?.to ?? command.at;
  const to = waits ? from : (command.settledAt ?? end);
  return (
    <i
      className={`bar-run t-${hold && tone === "go" ? "move" : tone}`}
      style={{ left: `${scale.toFraction(from) * 100}%`, width: width(scale, from, to) }}
    />
  );
}

function Point({ tone, style, children }: { tone: Tone; style: CSSProperties; children: ReactNode }) {
  return (
    <i className={`pt fg t-${tone}`} style={style}>
      {children}
    </i>
  );
}

/** Rows, or characters of a shell's output. */
const cameOut = (command: StoryCommand) =>
  command.output === undefined ? rowsOut(command) : outputBy(command, Infinity);

/** Heights grow with the logarithm of what came out: ten and ten thousand are told apart, both are seen. */
function CameOut({
  commands,
  left,
}: {
  commands: readonly StoryCommand[];
  left: (ms: number) => CSSProperties;
}) {
  const most = Math.log1p(Math.max(1, ...commands.map(cameOut)));
  return commands.map((command) => {
    const amount = cameOut(command);
    if (amount === 0) return null;
    const masked =
      command.output === undefined
        ? command.results.some(({ columns }) => columns.some((column) => column.masked === true))
        : command.masked.length > 0;
    const height = leastRowsPx + (Math.log1p(amount) / most) * (mostRowsPx - leastRowsPx);
    return (
      <i
        key={command.id}
        className={masked ? "vol t-mask" : "vol t-quiet"}
        style={{ ...left(command.settledAt ?? command.at), height }}
      />
    );
  });
}
