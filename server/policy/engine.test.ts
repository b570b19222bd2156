import { createRequire } from "node:module";
import { setFlagsFromString } from "node:v8";
import { runInThisContext } from "node:vm";
import { expect, test } from "vitest";
import { toJson } from "./engine.ts";

test("a call that loses its grounds while the engine answers does not end the process", () => {
  expect(toJson("permit (principal, action, resource);").effect).toBe("permit");
  setFlagsFromString("--allow-natives-syntax");
  // What V8 does by itself sooner or later: it optimises the call, and takes that back within it.
  const askWhileLost: unknown = runInThisContext(`(cedar) => {
    const { parse } = JSON;
    const policy = "permit (principal, action, resource);";
    %PrepareFunctionForOptimization(cedar.policyToJson);
    for (let call = 0; call < 10; call++) cedar.policyToJson(policy);
    %OptimizeFunctionOnNextCall(cedar.policyToJson);
    cedar.policyToJson(policy);
    JSON.parse = (text) => {
      %DeoptimizeFunction(cedar.policyToJson);
      return parse(text);
    };
    try {
      return cedar.policyToJson(policy).type;
    } finally {
      JSON.parse = parse;
    }
  }`);
  if (typeof askWhileLost !== "function") throw new TypeError("a function was expected");
  const cedar: unknown = createRequire(import.meta.url)("@cedar-policy/cedar-wasm/nodejs");
  expect(askWhileLost(cedar)).toBe("success");
});
