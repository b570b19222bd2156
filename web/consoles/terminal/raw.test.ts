import { expect, test } from "vitest";
import { SessionId } from "../../../shared/ids.ts";
import { takeRawWish, wantRaw } from "./raw.ts";

test("a session asks for a raw terminal once, and no other session does", () => {
  const id = SessionId.parse("ses_00000000000000000000000001");
  wantRaw({ id });
  expect(takeRawWish({ id: SessionId.parse("ses_00000000000000000000000002") })).toBe(false);
  expect(takeRawWish({ id })).toBe(true);
  expect(takeRawWish({ id })).toBe(false);
});
