import { RecordingEvent, recordingVersion } from "./format.ts";

/** A recording of a version that this build cannot read. */
export class RecordingTooNew extends Error {
  constructor(version: unknown) {
    super(
      `This recording has version ${String(version)}; this reader knows versions up to ${recordingVersion}.`,
    );
    this.name = "RecordingTooNew";
  }
}

/** `upgrades[n]` turns an event of version n into one of version n + 1. */
const upgrades: Readonly<Record<number, (event: unknown) => unknown>> = {};

/**
 * Reads a recording's events one after the other, in order from the first: `opened` names the version from which
 * every later one is upgraded. The same decoder serves replay and live watch. Throws RecordingTooNew, and what zod
 * throws at an event that no version has.
 */
export function createDecoder(): (json: string) => RecordingEvent {
  let version: number = recordingVersion;
  return (json) => {
    let event: unknown = JSON.parse(json);
    if (typeof event === "object" && event !== null && "type" in event && event.type === "opened") {
      const written = "version" in event ? event.version : undefined;
      if (typeof written !== "number" || written > recordingVersion) throw new RecordingTooNew(written);
      version = written;
    }
    for (let from = version; from < recordingVersion; from++) event = upgrades[from]?.(event) ?? event;
    return RecordingEvent.parse(event);
  };
}
