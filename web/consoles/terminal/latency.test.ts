import { expect, it } from "vitest";
import { createLatencyMeter } from "./latency.ts";

function meterAt(): { meter: ReturnType<typeof createLatencyMeter>; pass: (milliseconds: number) => void } {
  let time = 0;
  return { meter: createLatencyMeter(() => time), pass: (milliseconds) => (time += milliseconds) };
}

it("measures a key's echo and the verdict at Enter", () => {
  const { meter, pass } = meterAt();
  meter.typed("l");
  pass(9);
  meter.printed();
  meter.typed("\r");
  pass(6);
  meter.judged();
  expect(meter.latency).toEqual({ echoMs: 9, verdictMs: 6 });
});

it("takes output that nobody typed for no echo, and a late answer for none", () => {
  const { meter, pass } = meterAt();
  meter.printed();
  meter.typed("\u001b[A");
  pass(5);
  meter.printed();
  meter.typed("x");
  pass(60_000);
  meter.printed();
  meter.judged();
  expect(meter.latency).toEqual({});
});

it("follows the echo without jumping with it", () => {
  const { meter, pass } = meterAt();
  for (const took of [10, 110]) {
    meter.typed("x");
    pass(took);
    meter.printed();
  }
  expect(meter.latency.echoMs).toBe(50);
});
