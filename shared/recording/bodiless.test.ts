import { expect, test } from "vitest";
import { createBodiless } from "./bodiless.ts";

test("each entry is accounted for once, by the first range that has it", () => {
  const bodiless = createBodiless();
  for (const seq of [3, 4, 5, 9]) bodiless.add(seq);
  expect(bodiless.first()).toBe(3);
  expect(bodiless.account(1, 2)).toBe(0);
  expect(bodiless.account(4, 5)).toBe(2);
  expect(bodiless.account(1, 8)).toBe(1);
  expect(bodiless.first()).toBe(9);
  bodiless.add(12);
  expect(bodiless.account(1, 100)).toBe(2);
  expect(bodiless.account(1, 100)).toBe(0);
  expect(bodiless.first()).toBeUndefined();
});

test("ranges over everything, time and again, cost no more than they are", () => {
  const bodiless = createBodiless();
  const many = 200_000;
  for (let seq = 1; seq <= many; seq++) bodiless.add(2 * seq);
  let counted = 0;
  // Entry by entry it would be forty thousand million looks.
  for (let range = 0; range < many; range++) counted += bodiless.account(1, 2 * many);
  expect(counted).toBe(many);
});
