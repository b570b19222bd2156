import type { Session } from "../../../shared/nouns/session.ts";
import type { TerminalCommand } from "./commands.ts";

/** What stands beside a terminal whose lines are recorded and judged by nobody, for as long as it is shown. */
export const rawLabel = "Raw: recorded, not governed";

/** Whether it is the asking for such a terminal, which is one command from its beginning to its end. */
export const asksRaw = ({ decision }: Pick<TerminalCommand, "decision">): boolean =>
  decision?.facts?.kind === "shell" && decision.facts.actions.includes("shell.raw");

const wanted = new Set<Session["id"]>();

/** Has the session's terminal asked for as a raw one, when it is first shown. */
export const wantRaw = ({ id }: Pick<Session, "id">): void => void wanted.add(id);

/**
 * True once, where it was wanted. Whoever connects again joins what the session has, or gets a governed shell: what
 * people have refused meanwhile is not asked of them a second time by a lost network.
 */
export const takeRawWish = ({ id }: Pick<Session, "id">): boolean => wanted.delete(id);
