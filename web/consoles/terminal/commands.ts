import { finalStates, type ShellCommand } from "../../../shared/nouns/command.ts";
import type { RecordingEvent } from "../../../shared/recording/format.ts";

/** A line that was judged in a terminal, and what became of it. */
export type TerminalCommand = Pick<
  ShellCommand,
  "state" | "submittedAt" | "decision" | "review" | "error" | "masked" | "timing" | "evidence"
> & {
  id: string;
  text: string;
  /** While it is held: on which groups it waits, and until when. */
  held?: { expiresAt: string; groups: readonly string[] } | undefined;
  /** Where the gate refused it, in words. */
  refusal?: { message: string; hint?: string | undefined } | undefined;
};

/** In the order in which they were entered. */
export type TerminalCommands = readonly TerminalCommand[];

/** As many as a day's work has; the recording has the others. */
export const maxCommands = 500;

export const isFinal = ({ state }: TerminalCommand): boolean => finalStates.includes(state);

/** One recording event. Those of other things than lines typed in a terminal change nothing. */
export function applyEvent(
  commands: TerminalCommands,
  event: RecordingEvent,
  openedAt: string,
): TerminalCommands {
  if (event.type === "shell") {
    if (!event.terminal || commands.some(({ id }) => id === event.command)) return commands;
    const submittedAt = new Date(Date.parse(openedAt) + event.at).toISOString();
    const { command: id, text, decision } = event;
    return [...commands, { id, text, submittedAt, decision, state: firstState(decision?.effect) }].slice(
      -maxCommands,
    );
  }
  if (!("command" in event)) return commands;
  return commands.map((command) => (command.id === event.command ? changed(command, event) : command));
}

/** Before the gate says more: what its decision means. */
const firstState = (effect: "allow" | "review" | "block" | undefined): TerminalCommand["state"] =>
  effect === "block" ? "blocked" : effect === "review" ? "held" : "running";

function changed(
  command: TerminalCommand,
  event: Extract<RecordingEvent, { command: unknown }>,
): TerminalCommand {
  switch (event.type) {
    case "held":
      return { ...command, state: "held", held: { expiresAt: event.expiresAt, groups: event.groups } };
    case "state":
      return { ...command, state: event.state, held: undefined };
    case "outcome":
      return {
        ...command,
        state: event.state,
        held: undefined,
        masked: event.masked,
        timing: event.timing ?? command.timing,
        refusal:
          event.refusal === undefined
            ? command.refusal
            : { message: event.refusal.detail, hint: event.refusal.hint },
      };
    default:
      return command;
  }
}

/** A command as the API has it: also those from before this page was loaded. */
export function applyCommand(commands: TerminalCommands, command: ShellCommand): TerminalCommands {
  if (!command.terminal) return commands;
  const { id, command: text, submittedAt, decision, error, masked, timing, evidence } = command;
  const known = commands.find((each) => each.id === id);
  // A list of commands has no votes.
  const review = command.review ?? known?.review;
  const told = { submittedAt, decision, review, error, masked, timing, evidence };
  const held =
    command.state === "held" && review !== undefined
      ? { expiresAt: review.expiresAt, groups: review.reviewers.map(({ group }) => group) }
      : undefined;
  if (known === undefined)
    return [...commands, { id, text, ...told, state: command.state, held }]
      .toSorted((a, b) => a.submittedAt.localeCompare(b.submittedAt))
      .slice(-maxCommands);
  // An answer that was on its way may be older than what the stream has told.
  if (isOlder(command, known)) return commands;
  const next = { ...known, ...told, decision: decision ?? known.decision, state: command.state, held };
  return commands.map((each) => (each === known ? next : each));
}

/** What has ended goes on no more, and what was approved and runs waits no more. */
const isOlder = ({ state }: ShellCommand, known: TerminalCommand): boolean =>
  isFinal(known)
    ? !finalStates.includes(state)
    : known.state === "running" && known.decision?.effect === "review" && state === "held";

/** Of which some value was hidden on its way back, each once. */
export const hiddenClasses = ({ masked = [] }: Pick<TerminalCommand, "masked">): string[] => [
  ...new Set(masked.map((field) => field.class)),
];

/** The gate's verdict as the gutter shows it, whatever the command made of it: it ran, it waits, or it did not run. */
export function gateVerdict({ state }: TerminalCommand): "allowed" | "held" | "blocked" {
  if (state === "held") return "held";
  return ["blocked", "rejected", "expired", "withdrawn"].includes(state) ? "blocked" : "allowed";
}
