import { expect, test } from "vitest";
import { ActorId, TargetName } from "../../shared/ids.ts";
import { createCapacity } from "./capacity.ts";

const [ada, eve] = [{ id: ActorId.parse("issuer.test|ada") }, { id: ActorId.parse("issuer.test|eve") }];
const [shop, lab] = [{ target: TargetName.parse("shop") }, { target: TargetName.parse("lab") }];
const refused = expect.objectContaining({ code: "rate_limited", extra: { retryAfterSeconds: 1 } });

test("an actor has so many commands under way, at whatever targets, and others are unharmed", () => {
  const { enter } = createCapacity({ commandsPerActor: 2, commandsPerTarget: 10 });
  const leave = enter(ada, shop);
  enter(ada, lab);
  expect(() => enter(ada, shop)).toThrow(refused);
  enter(eve, shop);
  leave();
  leave();
  enter(ada, shop);
  expect(() => enter(ada, lab)).toThrow(refused);
});

test("a target has so many, of whomever, and other targets are unharmed", () => {
  const { enter } = createCapacity({ commandsPerActor: 10, commandsPerTarget: 2 });
  const leave = enter(ada, shop);
  enter(eve, shop);
  expect(() => enter(eve, shop)).toThrow(refused);
  enter(eve, lab);
  leave();
  enter(eve, shop);
});
