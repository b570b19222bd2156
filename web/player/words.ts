import type { CommandState } from "../../shared/nouns/command.ts";
import { plural } from "../ui/number.ts";
import type { Verdict } from "../ui/verdict.tsx";
import { rowsOut, type Moment, type StoryCommand } from "./story.ts";

export const stateVerdicts: Record<CommandState, Verdict> = {
  held: "held",
  running: "running",
  completed: "completed",
  failed: "failed",
  blocked: "blocked",
  rejected: "rejected",
  expired: "expired",
  withdrawn: "withdrawn",
  cancelled: "cancelled",
  unknown: "unknown",
};

/** How a session came to its end, in words. */
const endings: Readonly<Record<string, string>> = {
  closed: "Session closed by its owner",
  expired: "Session closed: its time was over",
  idle: "Session closed: nothing happened for long",
  killed: "Session ended by somebody with the right to",
  token: "Session ended: the sign-in behind it had ended",
  revoked: "Session ended: an administrator took the access back",
  target: "Session ended: the target was disabled or removed",
  policy: "Session ended: the policies no longer allowed it",
  recorder: "Session ended: it could no longer be recorded",
};

/** The first line of a command that says something. */
export function firstLine(sql: string): string {
  const lines = sql.split("\n").map((line) => line.trim());
  return lines.find((line) => line !== "" && !line.startsWith("--")) ?? lines[0] ?? "";
}

/** `UPDATE orders, 1,187 rows`: what a command did. */
export function whatCameOf(command: StoryCommand): string {
  const { decision, tags } = command;
  const subject = (decision?.facts?.subject ?? "").replace(/^public\./u, "");
  const tag = tags.at(-1);
  if (tag !== undefined) {
    const [verb = ""] = tag.tag.split(" ");
    return `${[verb, subject].filter(Boolean).join(" ")}, ${plural(tag.rowCount, "row")}`;
  }
  const rows = rowsOut(command);
  return rows > 0 ? `${firstLine(command.sql)}, ${plural(rows, "row")}` : firstLine(command.sql);
}

/** A moment in the table of contents. `code`: its words are a command. */
export function momentWords(moment: Moment): { verdict: Verdict; words: string; code: boolean } {
  const { command } = moment;
  switch (moment.kind) {
    case "opened":
      return {
        verdict: "recorded",
        words: moment.words ? "Session opened, with reason" : "Session opened",
        code: false,
      };
    case "closed":
      return {
        verdict: "recorded",
        words: endings[moment.words ?? ""] ?? `Session closed: ${moment.words}`,
        code: false,
      };
    case "vote": {
      const approved = moment.vote?.verdict === "approve";
      return {
        verdict: approved ? "approved" : "rejected",
        words: `${moment.vote?.name ?? "Somebody"} ${approved ? "approved" : "rejected"}`,
        code: false,
      };
    }
    case "command":
    case "outcome":
      if (command === undefined) return { verdict: "unclear", words: "", code: false };
      return moment.kind === "outcome"
        ? { verdict: stateVerdicts[command.state], words: whatCameOf(command), code: true }
        : {
            verdict: command.hold ? "held" : stateVerdicts[command.state],
            words: firstLine(command.sql),
            code: true,
          };
  }
}
