import { describe, expect, it } from "vitest";
import { windowBytes } from "../../shared/contract/frames.ts";
import { createAcknowledgements, utf8Length } from "./acknowledgements.ts";

describe("acknowledged bytes", () => {
  it.each(["", "abc", "é", "€", "🙂", "a🙂é€\u0000", '{"type":"rows"}'])("count %j as UTF-8 does", (text) => {
    expect(utf8Length(text)).toBe(new TextEncoder().encode(text).length);
  });

  it("are told as a sum since the beginning, before the gateway's window is full", () => {
    const told: number[] = [];
    const take = createAcknowledgements((bytes) => told.push(bytes));
    const frame = "€".repeat(windowBytes / 3 / 16);
    for (let taken = 0; taken < 32; taken++) take(frame);
    const each = utf8Length(frame);
    expect(told.length).toBeGreaterThanOrEqual(4);
    expect(told).toEqual(told.toSorted((a, b) => a - b));
    expect(told.every((bytes) => bytes % each === 0)).toBe(true);
    const gaps = told.map((bytes, index) => bytes - (told[index - 1] ?? 0));
    expect(Math.max(...gaps)).toBeLessThan(windowBytes);
  });

  it("are not told for what was not taken in", () => {
    const told: number[] = [];
    const take = createAcknowledgements((bytes) => told.push(bytes));
    take("a few bytes");
    expect(told).toEqual([]);
  });
});
