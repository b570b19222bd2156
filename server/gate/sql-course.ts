import type { TargetError } from "../../shared/nouns/command.ts";
import type { OutsideTransaction } from "../protocols/postgres/facts/outside-transaction.ts";
import type { Chunk } from "../protocols/postgres/connect/chunk.ts";
import type { LiveSession } from "../session/sessions.ts";
import { ahead } from "./ahead.ts";
import { executableOf, shownBound, type Asked } from "./asked.ts";
import { backendOf } from "./connection.ts";
import type { Course } from "./course.ts";
import { measureImpact } from "./impact.ts";
import { NotShown } from "./outcome.ts";
import { createRelease, type Release, type ReleasedEvent } from "./release.ts";
import type { Rooms } from "./rooms.ts";
import type { Turns } from "./turns.ts";
import type { SqlUnderstanding } from "./understand.ts";

/** SQL: by the target's catalog, on the session's connection, rewritten before and looked through after. */
export function createSqlCourse(rooms: Rooms, turns: Turns) {
  const { targets, onError } = rooms;
  return (live: LiveSession, asked: Asked<SqlUnderstanding>): Course => {
    const { target, meaning } = asked.understanding;
    const release = createRelease(asked);
    const outside = meaning.statements.find((one) => one.outside !== undefined)?.outside;
    return {
      take: (signal, work) => turns.take(live, asked, signal, work),
      async weigh() {
        const impact = await measureImpact(rooms, live, asked, (permit) =>
          backendOf(rooms, live, asked, permit),
        );
        return { impact, bound: shownBound(asked, impact) };
      },
      async run(permit, signal) {
        const connection = await backendOf(rooms, live, asked, permit);
        const events = released(release, connection.run(permit, executableOf(asked), signal));
        // What writes commits once it is asked for more: not before everything has been shown.
        return permit.binding.writes ? events : ahead(events, () => void connection.cancel());
      },
      mask: (error) => hinted(leaving(release.error(error), outside)),
      masked: release.masked,
      rollsBack: outside === undefined,
      async after() {
        if (meaning.facts.actions.includes("sql.ddl")) await targets.refresh(target).catch(onError);
      },
    };
  };
}

/** The text was not understood, or not allowed, or not offered: then nothing of it began. */
const notBegun = /^(0A|25|42)/;

/** The target's error, with what a statement outside a transaction may have left behind. */
function leaving(error: TargetError, outside: OutsideTransaction | undefined): TargetError {
  if (outside === undefined || notBegun.test(error.code)) return error;
  return { ...error, hint: [error.hint, outside.leaves].filter(Boolean).join(" ") };
}

/** PostgreSQL's "invalid transaction termination": COMMIT or ROLLBACK in code. */
const endsTransaction = "2D000";

/** The target knows nothing of the transaction that a command runs in. */
const hinted = (error: TargetError): TargetError =>
  error.code === endsTransaction
    ? {
        ...error,
        hint: "A command runs in one transaction, which its code cannot end: nothing of it was kept. Run the work of each batch as a command of its own.",
      }
    : error;

async function* released(release: Release, chunks: AsyncIterable<Chunk>): AsyncGenerator<ReleasedEvent> {
  for await (const chunk of chunks) {
    const event = shown(() => release.event(chunk));
    if (event !== undefined) yield event;
  }
}

/** What cannot be masked is not shown. */
function shown<T>(mask: () => T): T {
  try {
    return mask();
  } catch (cause) {
    throw new NotShown(cause);
  }
}
