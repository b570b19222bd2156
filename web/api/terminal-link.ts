import type { UserError } from "./errors.ts";

/**
 * Where a terminal stands between this page and its shell. Keys go out in `live` alone: what is typed while the shell
 * cannot be seen would run unseen.
 */
export type TerminalLink =
  | { phase: "connecting" }
  /** Connected; the gateway opens the shell, or draws the one that lives. */
  | { phase: "opening"; again: boolean }
  /** `again`: it was lost meanwhile, and what stands on the screen was drawn anew. */
  | { phase: "live"; again: boolean }
  /** The shell goes on at the gateway, while that one does. */
  | { phase: "lost" }
  /** The gateway opened no shell. */
  | { phase: "refused"; error: UserError }
  /** For good. */
  | { phase: "ended"; because: string | UserError };

export type LinkEvent =
  | { type: "connected" | "joined" | "lost" | "retry" }
  | { type: "refused"; error: UserError }
  | { type: "ended"; because: string | UserError };

/** The next link; the same one where the event means nothing to it. */
export function linkAfter(link: TerminalLink, event: LinkEvent): TerminalLink {
  if (link.phase === "ended") return link;
  switch (event.type) {
    case "connected":
      return { phase: "opening", again: link.phase === "lost" };
    case "joined":
      return link.phase === "opening" ? { phase: "live", again: link.again } : link;
    case "lost":
      return { phase: "lost" };
    case "refused":
      return link.phase === "opening" ? { phase: "refused", error: event.error } : link;
    case "retry":
      return link.phase === "refused" ? { phase: "opening", again: false } : link;
    case "ended":
      return { phase: "ended", because: event.because };
  }
}
