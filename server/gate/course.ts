import type { MaskedField, TargetError } from "../../shared/nouns/command.ts";
import type { Impact } from "../../shared/nouns/review.ts";
import type { Permit } from "../approval/permit.ts";
import type { LiveSession } from "../session/sessions.ts";
import type { Asked } from "./asked.ts";
import type { ScreenEvent } from "./screen.ts";
import { createFileCourse } from "./file-course.ts";
import { createShellCourse } from "./shell-course.ts";
import { createSqlCourse } from "./sql-course.ts";
import type { Rooms } from "./rooms.ts";
import type { Turns } from "./turns.ts";
import type { FileUnderstanding } from "./understand-file.ts";
import type { ShellUnderstanding } from "./understand-shell.ts";
import type { SqlUnderstanding } from "./understand.ts";

/** What the stages need to know of one command's kind: how it takes its turn, what it would touch, how it runs. */
export type Course = {
  /** In its session's order; `signal` ends the wait. */
  take<T>(signal: AbortSignal, work: () => Promise<T>): Promise<T>;
  /** What its reviewers are shown, and how many rows it may touch by that; null: no bound follows. */
  weigh(): Promise<{ impact: Impact | null; bound: number | null }>;
  /** Connects; the first event that is asked for begins the run. They have passed the second line. */
  run(permit: Permit, signal: AbortSignal): Promise<AsyncIterable<ScreenEvent>>;
  mask(error: TargetError): TargetError;
  masked(): MaskedField[];
  /** An answer that cannot be shown is known to have had no effect: its transaction rolls back. */
  rollsBack: boolean;
  /** Once it has run. */
  after(): Promise<void>;
};

const isSql = (asked: Asked): asked is Asked<SqlUnderstanding> => asked.understanding.kind === "sql";
const isShell = (asked: Asked): asked is Asked<ShellUnderstanding> => asked.understanding.kind === "shell";
const isFile = (asked: Asked): asked is Asked<FileUnderstanding> => asked.understanding.kind === "file";

export function createCourses(rooms: Rooms, turns: Turns): (live: LiveSession, asked: Asked) => Course {
  const sql = createSqlCourse(rooms, turns);
  const shell = createShellCourse(rooms);
  const file = createFileCourse(rooms);
  return (live, asked) => {
    if (isSql(asked)) return sql(live, asked);
    if (isShell(asked)) return shell(live, asked);
    if (isFile(asked)) return file(live, asked);
    throw new TypeError("a command is of a kind that is known");
  };
}
