import { describe, expect, it } from "vitest";
import { eventData } from "./events.ts";
import { utf8Length } from "./session-stream.ts";

describe("acknowledged bytes", () => {
  it.each(["", "abc", "é", "€", "🙂", "a🙂é€\u0000", '{"type":"rows"}'])("count %j as UTF-8 does", (text) => {
    expect(utf8Length(text)).toBe(new TextEncoder().encode(text).length);
  });
});

describe("a server-sent event", () => {
  it("is its data lines, joined; comments and other fields are passed over", () => {
    expect(eventData('id: 3\nevent: x\ndata: {"a":\ndata:1}')).toBe('{"a":\n1}');
    expect(eventData(": beat")).toBe("");
  });
});
