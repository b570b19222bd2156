import type { LiveSession } from "../session/sessions.ts";
import { executableOf, shownBound, type Asked } from "./asked.ts";
import { backendOf } from "./connection.ts";
import type { Course } from "./course.ts";
import { measureImpact } from "./impact.ts";
import { NotShown } from "./outcome.ts";
import { createRelease } from "./release.ts";
import type { Rooms } from "./rooms.ts";
import type { Turns } from "./turns.ts";
import type { SqlUnderstanding } from "./understand.ts";

/** SQL: by the target's catalog, on the session's connection, rewritten before and looked through after. */
export function createSqlCourse(rooms: Rooms, turns: Turns) {
  const { targets, onError } = rooms;
  return (live: LiveSession, asked: Asked<SqlUnderstanding>): Course => {
    const { target, meaning } = asked.understanding;
    const release = createRelease(asked);
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
        const chunks = connection.run(permit, executableOf(asked), signal);
        return (async function* () {
          for await (const chunk of chunks) yield shown(() => release.event(chunk));
        })();
      },
      mask: release.error,
      masked: release.masked,
      rollsBack: true,
      async after() {
        if (meaning.facts.actions.includes("sql.ddl")) await targets.refresh(target).catch(onError);
      },
    };
  };
}

/** What cannot be masked is not shown. */
function shown<T>(mask: () => T): T {
  try {
    return mask();
  } catch (cause) {
    throw new NotShown(cause);
  }
}
