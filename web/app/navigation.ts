import { IconDatabase, IconTerminal2, type Icon } from "@tabler/icons-react";
import type { Role } from "../../shared/nouns/actor.ts";

export type Place = {
  to: string;
  word: string;
  icon: Icon;
  /** Pressed after G. */
  key: string;
  /** Who finds it useful; absent: everyone. The gateway decides what they may do there. */
  roles?: readonly Role[];
  /** At the foot of the rail, away from the work. */
  low?: boolean;
};

/** The places of the portal in the order of the rail. A page that has no route yet has no place. */
export const places: readonly Place[] = [
  { to: "/work", word: "Work", icon: IconTerminal2, key: "w" },
  { to: "/targets", word: "Targets", icon: IconDatabase, key: "t" },
];

export function placesFor(roles: readonly Role[]): Place[] {
  return places.filter(
    (place) => place.roles === undefined || place.roles.some((role) => roles.includes(role)),
  );
}
