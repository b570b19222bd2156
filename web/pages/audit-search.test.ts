import { expect, test } from "vitest";
import { aroundHit, isDay, markWords, takeChips, toRequest } from "./audit-search.ts";

const today = "2026-11-20";

test("complete filters become chips, words stay", () => {
  expect(takeChips('orders target:shop verdict:Held actor:"Mara Lindqvist" late', today)).toEqual({
    chips: { target: "shop", verdict: "held", actor: "Mara Lindqvist" },
    rest: "orders late",
  });
});
test("days are read in words too", () => {
  expect(takeChips("since:yesterday until:today", today).chips).toEqual({
    since: "2026-11-19",
    until: today,
  });
  expect(takeChips("from:2026-11-01", today).chips).toEqual({ since: "2026-11-01" });
});
test("what names no field or fits none stays text", () => {
  const text = "a::b verdict:maybe since:2026-02-31 target: x:y";
  expect(takeChips(text, today)).toEqual({ chips: {}, rest: text });
});
test("a day must exist", () => {
  expect([isDay("2026-02-28"), isDay("2026-02-29"), isDay("soon")]).toEqual([true, false, false]);
});
test("a search speaks the gateway's words, whole days included", () => {
  const request = toRequest({ q: " orders ", verdict: "held", since: "2026-11-01", until: "2026-11-01" });
  expect(request).toMatchObject({ q: "orders", verdict: "review" });
  expect(Date.parse(request.to ?? "") - Date.parse(request.from ?? "")).toBe(86_400_000);
});
test("words are marked where the search found them: at the beginning of words, whatever their case", () => {
  const hits = (text: string, q: string) =>
    markWords(text, q)
      .filter(({ hit }) => hit)
      .map((part) => part.text);
  expect(hits("UPDATE Orders SET reorder = 1 -- order_items", "order")).toEqual(["Orders", "order"]);
  expect(markWords("SELECT 1", undefined)).toEqual([{ text: "SELECT 1", hit: false }]);
  expect(
    markWords("a b", "b")
      .map(({ text }) => text)
      .join(""),
  ).toBe("a b");
});
test("a line in a list begins shortly before the word that was found, so that it is seen", () => {
  const sql = "UPDATE orders SET status = 'cancelled'\n WHERE id = 7";
  expect(aroundHit(sql, "canc")).toBe("… SET status = 'cancelled' WHERE id = 7");
  expect(aroundHit(sql, "orders")).toBe("UPDATE orders SET status = 'cancelled' WHERE id = 7");
  expect(aroundHit(sql, undefined)).toBe("UPDATE orders SET status = 'cancelled' WHERE id = 7");
  expect(aroundHit(`${"x".repeat(40)}.needle`, "needle")).toBe(`…${"x".repeat(15)}.needle`);
});
