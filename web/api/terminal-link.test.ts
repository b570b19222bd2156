import { describe, expect, it } from "vitest";
import { UserError } from "./errors.ts";
import { linkAfter, type LinkEvent, type TerminalLink } from "./terminal-link.ts";

const start: TerminalLink = { phase: "connecting" };
const after = (...events: LinkEvent[]) => events.reduce(linkAfter, start);
const error = new UserError("target_unreachable", "The host does not answer.");

describe("a terminal's link", () => {
  it("is live once the gateway has drawn the shell, not when the socket opens", () => {
    expect(after({ type: "connected" })).toEqual({ phase: "opening", again: false });
    expect(after({ type: "connected" }, { type: "joined" })).toEqual({ phase: "live", again: false });
  });

  it("knows that it comes back to a shell that lived on", () => {
    const back = after(
      { type: "connected" },
      { type: "joined" },
      { type: "lost" },
      { type: "connected" },
      { type: "joined" },
    );
    expect(back).toEqual({ phase: "live", again: true });
  });

  it("is no return where the first connection failed before there was a shell to see", () => {
    expect(after({ type: "lost" }).phase).toBe("lost");
  });

  it("tries again after a refusal only where somebody asks", () => {
    const refused = after({ type: "connected" }, { type: "refused", error });
    expect(refused).toEqual({ phase: "refused", error });
    expect(linkAfter(refused, { type: "joined" })).toBe(refused);
    expect(linkAfter(refused, { type: "retry" })).toEqual({ phase: "opening", again: false });
  });

  it("takes a refusal of something else for nothing", () => {
    const live = after({ type: "connected" }, { type: "joined" });
    expect(linkAfter(live, { type: "refused", error })).toBe(live);
    expect(linkAfter(live, { type: "retry" })).toBe(live);
  });

  it("ends for good", () => {
    const ended = after({ type: "connected" }, { type: "ended", because: "killed" });
    for (const type of ["connected", "joined", "lost", "retry"] as const)
      expect(linkAfter(ended, { type })).toBe(ended);
  });
});
