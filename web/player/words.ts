import { plural } from "../ui/number.ts";
import type { Verdict } from "../ui/verdict.tsx";
import type { Language } from "../ui/language.ts";
import { rowsOut, type Moment, type StoryCommand, type StoryOutput, type StoryTerminal } from "./story.ts";

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

const remarks: Record<Language, string> = { sql: "--", shell: "#" };

/** The first line of a command that says something. */
export function firstLine({ text, language }: Pick<StoryCommand, "text" | "language">): string {
  const lines = text.split("\n").map((line) => line.trim());
  return lines.find((line) => line !== "" && !line.startsWith(remarks[language])) ?? lines[0] ?? "";
}

/** How the commands of a terminal are judged. */
export const terminalWords: Record<StoryTerminal["mode"], { word: string; about: string }> = {
  governed: { word: "Governed", about: "each command was decided before it ran" },
  line: { word: "Line by line", about: "each line was decided, in an editor of the gateway's" },
  raw: { word: "Raw: recorded, not governed", about: "no line was decided before it ran" },
};

/** `UPDATE orders, 1,187 rows`: what a command did. */
export function whatCameOf(command: StoryCommand): string {
  const { decision, tags, output } = command;
  if (output !== undefined)
    return [firstLine(command), output.exit && exitWords(output.exit)].filter(Boolean).join(", ");
  const subject = (decision?.facts?.subject ?? "").replace(/^public\./u, "");
  const tag = tags.at(-1);
  if (tag !== undefined) {
    const [verb = ""] = tag.tag.split(" ");
    return `${[verb, subject].filter(Boolean).join(" ")}, ${plural(tag.rowCount, "row")}`;
  }
  const rows = rowsOut(command);
  return rows > 0 ? `${firstLine(command)}, ${plural(rows, "row")}` : firstLine(command);
}

/** `exit 0`, `ended by KILL`. */
export const exitWords = ({ code, signal }: NonNullable<StoryOutput["exit"]>): string =>
  code === null ? `ended by ${signal ?? "a signal"}` : `exit ${code}`;

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
    case "terminal":
      return {
        verdict: "recorded",
        words: `Terminal opened, ${terminalWords[moment.mode ?? "raw"].word.toLowerCase()}`,
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
        ? { verdict: command.state, words: whatCameOf(command), code: true }
        : {
            verdict: command.hold ? "held" : command.state,
            words: firstLine(command),
            code: true,
          };
  }
}
