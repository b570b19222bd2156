import { expect, it } from "vitest";
import { deedOf } from "./workspace-keys.ts";

const key = (code: string, held: string[] = [], key = code) => ({
  ...{ code, key, ctrlKey: held.includes("Ctrl"), shiftKey: held.includes("Shift") },
  ...{ altKey: held.includes("Alt"), metaKey: held.includes("Meta") },
});

it("leaves the shell every key that a shell knows", () => {
  const shell = ["KeyC", "KeyD", "KeyK", "KeyF", "KeyR", "ArrowUp", "Digit5"].map((code) =>
    deedOf(key(code, ["Ctrl"])),
  );
  expect(shell.every((deed) => deed === undefined)).toBe(true);
  expect(deedOf(key("KeyD", ["Alt"], "d"))).toBeUndefined();
  expect(deedOf(key("Escape"))).toBeUndefined();
  expect(deedOf(key("Tab"))).toBeUndefined();
});

it("knows the workspace's own", () => {
  expect(deedOf(key("F6"))).toBe("leave");
  expect(deedOf(key("KeyC", ["Ctrl", "Shift"], "C"))).toBe("copy");
  expect(deedOf(key("KeyF", ["Meta", "Shift"], "F"))).toBe("find");
  expect(deedOf(key("Digit3", ["Alt"], "3"))).toEqual({ tab: 3 });
});
