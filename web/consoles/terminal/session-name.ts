import type { Session } from "../../../shared/nouns/session.ts";

/** `bastion`, and `bastion 2` for the second that is open there. */
export function sessionName({ id, target }: Session, sessions: readonly Session[]): string {
  const there = sessions.filter((each) => each.target === target);
  const number = there.findIndex((each) => each.id === id) + 1;
  return number < 2 ? target : `${target} ${number}`;
}
