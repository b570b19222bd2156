import { expect, test } from "vitest";
import { createRunNews } from "./run-news.ts";
import { newRun, type Run } from "./runs.ts";

const someRun = (key: string) => newRun([], key, "select 1", [], "2026-01-01T00:00:00.000Z");
const first = someRun("first");
const second = someRun("second");
const keys = (runs: readonly Run[]) => runs.map(({ key }) => key);

test("a run that was held and is decided is told of once, also where a stream begins anew", () => {
  const look = createRunNews();
  const through = (...states: Run["state"][]) =>
    states.map((state) => {
      const { stopped, decided } = look([{ ...first, state }, second]);
      return { stopped: keys(stopped), decided: keys(decided) };
    });
  const nothing = { stopped: [], decided: [] };
  const waits = { stopped: ["first"], decided: [] };
  const ran = { stopped: ["first"], decided: ["first"] };
  expect(through("sending", "held", "running", "completed")).toEqual([nothing, waits, nothing, ran]);
  expect(through("running", "held", "completed")).toEqual([nothing, nothing, nothing]);
});

test("what ended without a review, or was taken back, is not told as decided", () => {
  const look = createRunNews();
  expect(keys(look([{ ...first, state: "blocked" }]).decided)).toEqual([]);
  look([{ ...second, state: "held" }]);
  expect(keys(look([{ ...second, state: "withdrawn" }]).decided)).toEqual([]);
});
