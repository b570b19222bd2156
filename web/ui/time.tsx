import { useEffect, useState } from "react";

const secondMs = 1000;

/** The time now, in milliseconds, renewed each second while shown. */
export function useNow(everyMs: number = secondMs): number {
  const [now, setNow] = useState(() => Date.now());
  useEffect(() => {
    const timer = setInterval(() => setNow(Date.now()), everyMs);
    return () => clearInterval(timer);
  }, [everyMs]);
  return now;
}

/** `90061` seconds as `25:01:01`; below an hour `13:42`. */
export function clock(seconds: number, hours = false): string {
  const whole = Math.max(0, Math.floor(seconds));
  const two = (value: number) => String(value).padStart(2, "0");
  const h = Math.floor(whole / 3600);
  const rest = `${two(Math.floor((whole % 3600) / 60))}:${two(whole % 60)}`;
  return hours || h > 0 ? `${two(h)}:${rest}` : rest;
}

/** Time left until `until` (RFC 3339), ticking; says so once it is over. */
export function CountDown({ until }: { until: string }) {
  const left = (Date.parse(until) - useNow()) / secondMs;
  if (left <= 0) return <span>no time left</span>;
  return (
    <span role="timer" aria-live="off">
      <b>{clock(left)}</b> left
    </span>
  );
}

/** Whole minutes left until `until`; below five minutes in the waiting tone. */
export function MinutesLeft({ until }: { until: string }) {
  const minutes = Math.ceil((Date.parse(until) - useNow(15 * secondMs)) / 60_000);
  if (minutes <= 0) return <b>expired</b>;
  const text = minutes >= 120 ? `${Math.round(minutes / 60)} h` : `${minutes} min`;
  return (
    <span className={minutes <= 5 ? "fg t-wait" : undefined}>
      <b>{text}</b>
      <span className="left"> left</span>
    </span>
  );
}

/** Time since `since`, as `00:18:42`. */
export function Elapsed({ since }: { since: string }) {
  return <span className="tnum">{clock((useNow() - Date.parse(since)) / secondMs, true)}</span>;
}

const timeOfDay = new Intl.DateTimeFormat(undefined, { hour: "2-digit", minute: "2-digit" });
const exactTime = new Intl.DateTimeFormat(undefined, {
  hour: "2-digit",
  minute: "2-digit",
  second: "2-digit",
  fractionalSecondDigits: 3,
});
const day = new Intl.DateTimeFormat(undefined, { day: "numeric", month: "short" });

/** A moment in local time, UTC on hover. Another day than today carries its date. */
export function At({ time, exact = false }: { time: string; exact?: boolean }) {
  const date = new Date(time);
  const [now] = useState(() => new Date());
  const today = date.toDateString() === now.toDateString();
  const clockText = (exact ? exactTime : timeOfDay).format(date);
  return (
    <time dateTime={time} title={`${date.toISOString().replace("T", " ").replace("Z", "")} UTC`}>
      {today ? clockText : `${day.format(date)}, ${clockText}`}
    </time>
  );
}

/** A duration with its unit: `84 ms`, `1.6 s`, `2 min 5 s`. */
export function duration(ms: number): string {
  if (ms < 10) return `${ms.toFixed(1)} ms`;
  if (ms < secondMs) return `${Math.round(ms)} ms`;
  if (ms < 60 * secondMs) return `${(ms / secondMs).toFixed(1).replace(/\.0$/u, "")} s`;
  return `${Math.floor(ms / 60_000)} min ${Math.round((ms % 60_000) / secondMs)} s`;
}
