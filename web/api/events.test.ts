import { describe, expect, it } from "vitest";
import { eventData } from "./events.ts";

describe("a server-sent event", () => {
  it("is its data lines, joined; comments and other fields are passed over", () => {
    expect(eventData('id: 3\nevent: x\ndata: {"a":\ndata:1}')).toBe('{"a":\n1}');
    expect(eventData(": beat")).toBe("");
  });
});
