import { useCallback, useEffect, useMemo, useReducer, useRef, useState } from "react";
import type { UserError } from "../api/errors.ts";
import { advance, type Speed } from "./clock.ts";
import type { Driver } from "./drivers.ts";
import { createStory, wasStopped, type Moment, type Story } from "./story.ts";
import { quietSpans, type Span } from "./timeline.ts";

export type Player = {
  story: Story;
  /** Milliseconds since the session opened. */
  position: number;
  end: number;
  quiet: readonly Span[];
  /** The past is there: before, it is being read. */
  ready: boolean;
  error: UserError | undefined;
  /** More may come, and the player stands at its end. */
  following: boolean;
  live: boolean;
  playing: boolean;
  speed: Speed;
  skipIdle: boolean;
  /** The last moment at or before the position. */
  moment: Moment | undefined;
  toggle(): void;
  setSpeed(speed: Speed): void;
  setSkipIdle(skip: boolean): void;
  seek(ms: number): void;
  /** To a moment, with what came of it at once in view. */
  show(moment: Moment | undefined): void;
  step(by: 1 | -1): void;
  next(kind: "hold" | "refusal"): void;
  /** Back to what happens now. */
  follow(): void;
};

/** One player for both: a driver tells the story, the clock moves through it. */
export function usePlayer(driver: Driver): Player {
  const [story, setStory] = useState(createStory);
  const [, changed] = useReducer((count: number) => count + 1, 0);
  const [ready, setReady] = useState(false);
  const [running, setRunning] = useState(false);
  const [error, setError] = useState<UserError>();
  const [position, setPosition] = useState(0);
  const [following, setFollowing] = useState(false);
  const [playing, setPlaying] = useState(false);
  const [speed, setSpeed] = useState<Speed>(1);
  const [skipIdle, setSkipIdle] = useState(true);
  const [now, setNow] = useState(() => Date.now());

  useEffect(() => {
    const fresh = createStory();
    setStory(fresh);
    setReady(false);
    setError(undefined);
    setRunning(false);
    setFollowing(false);
    setPlaying(false);
    setPosition(0);
    let frame = 0;
    // Events come faster than anybody can look: drawn once a frame.
    const soon = () => {
      frame ||= requestAnimationFrame(() => {
        frame = 0;
        changed();
      });
    };
    const stop = driver({
      live: () => {
        setRunning(true);
        setFollowing(true);
      },
      event: (event) => {
        fresh.add(event);
        soon();
      },
      caughtUp: () => setReady(true),
      ended: () => setRunning(false),
      failed: (failure) => {
        setReady(true);
        setRunning(false);
        setError(failure);
      },
    });
    return () => {
      cancelAnimationFrame(frame);
      stop();
    };
  }, [driver]);

  // While it runs, time passes between events too.
  useEffect(() => {
    if (!running) return;
    const timer = setInterval(() => setNow(Date.now()), tickMs);
    return () => clearInterval(timer);
  }, [running]);

  const startedAt = story.opened && Date.parse(story.opened.startedAt);
  const goesOn = running && !story.closed && startedAt !== undefined;
  const end = Math.max(story.lastAt, goesOn ? now - startedAt : 0);
  const { version } = story;
  // eslint-disable-next-line react/exhaustive-deps -- the story grows in place; its version says when
  const quiet = useMemo(() => quietSpans(story.times, end), [story, version, end]);
  const shown = following ? end : Math.min(position, end);

  const latest = useRef({ quiet, end, skipIdle, speed });
  useEffect(() => {
    latest.current = { quiet, end, skipIdle, speed };
  });
  useEffect(() => {
    if (!playing) return;
    let last = performance.now();
    let frame = requestAnimationFrame(function move(now) {
      const elapsedMs = now - last;
      last = now;
      const { end: until, speed: fast, skipIdle: skip, quiet: spans } = latest.current;
      setPosition((at) => advance(at, { elapsedMs, speed: fast, skip: skip ? spans : [], end: until }));
      frame = requestAnimationFrame(move);
    });
    return () => cancelAnimationFrame(frame);
  }, [playing]);
  const atEnd = shown >= end;
  useEffect(() => {
    if (!playing || !atEnd) return;
    setPlaying(false);
    if (running) setFollowing(true);
  }, [playing, atEnd, running]);

  const seek = useCallback((ms: number) => {
    setFollowing(false);
    setPosition(Math.max(0, ms));
  }, []);
  const show = useCallback(
    (moment: Moment | undefined) => {
      if (moment === undefined) return;
      setPlaying(false);
      const following = story.moments[moment.index + 1];
      const settled = moment.kind === "command" ? (moment.command?.settledAt ?? moment.at) : moment.at;
      // Not so far that the next moment would be the one in view.
      seek(following === undefined ? settled : Math.max(moment.at, Math.min(settled, following.at - 1)));
    },
    [seek, story],
  );
  const moment = story.moments.findLast(({ at }) => at <= shown);
  return {
    story,
    position: shown,
    end,
    quiet,
    ready,
    error,
    following: following && running,
    live: running,
    playing,
    speed,
    skipIdle,
    moment,
    toggle: () => {
      if (!playing && shown >= end) setPosition(0);
      else setPosition(shown);
      setFollowing(false);
      setPlaying(!playing);
    },
    setSpeed,
    setSkipIdle,
    seek,
    show,
    step: (by) => show(story.moments[(moment?.index ?? -1) + by]),
    next: (kind) =>
      show(
        story.moments.find(
          ({ index, kind: what, command }) =>
            index > (moment?.index ?? -1) &&
            what === "command" &&
            command !== undefined &&
            (kind === "hold" ? command.hold !== undefined : wasStopped(command)),
        ),
      ),
    follow: () => {
      setPlaying(false);
      setFollowing(true);
    },
  };
}

const tickMs = 1000;
