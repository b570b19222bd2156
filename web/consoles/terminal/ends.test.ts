import { describe, expect, it } from "vitest";
import { comingEnd } from "./ends.ts";

const minute = 60_000;
const session = { expiresAt: 60 * minute, usedAt: 0, idleMs: 30 * minute, busy: false };

describe("the end of a session", () => {
  it("is told of shortly before, not earlier", () => {
    expect(comingEnd(session, 20 * minute)).toBeUndefined();
    expect(comingEnd(session, 26 * minute)).toEqual({ because: "idle", at: 30 * minute });
    const used = { ...session, usedAt: 40 * minute };
    expect(comingEnd(used, 54 * minute)).toBeUndefined();
    expect(comingEnd(used, 56 * minute)).toEqual({ because: "expiry", at: 60 * minute });
  });

  it("does not come by idleness while a command runs", () => {
    expect(comingEnd({ ...session, busy: true }, 29 * minute)).toBeUndefined();
  });

  it("does not warn all the time where the limit is short", () => {
    expect(comingEnd({ ...session, idleMs: 2 * minute }, 0.5 * minute)).toBeUndefined();
    expect(comingEnd({ ...session, idleMs: 2 * minute }, 1.5 * minute)?.because).toBe("idle");
  });
});
