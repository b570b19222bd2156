import {
  IconDatabase,
  IconEyeOff,
  IconFileCode,
  IconHistory,
  IconInbox,
  IconLink,
  IconSettings,
  IconTerminal2,
  IconUsers,
  type Icon,
} from "@tabler/icons-react";
import { can, type Right } from "../../shared/can/can.ts";
import type { Me } from "../api/nouns.ts";

export type Place = {
  to: string;
  word: string;
  icon: Icon;
  /** Pressed after G. */
  key: string;
  /** The right that makes it useful; absent: everyone. The gateway decides again at each call. */
  right?: Right;
  /** At the foot of the rail, away from the work. */
  low?: boolean;
};

/** The places of the portal in the order of the rail. A page that has no route yet has no place. */
export const places: readonly Place[] = [
  { to: "/work", word: "Work", icon: IconTerminal2, key: "w" },
  { to: "/targets", word: "Targets", icon: IconDatabase, key: "t" },
  { to: "/reviews", word: "Reviews", icon: IconInbox, key: "r" },
  { to: "/audit", word: "Audit", icon: IconHistory, key: "a" },
  { to: "/ledger", word: "Ledger", icon: IconLink, key: "l", right: "ledger.read" },
  { to: "/policies", word: "Policies", icon: IconFileCode, key: "p", right: "policies.read" },
  { to: "/classes", word: "Classes", icon: IconEyeOff, key: "c", right: "classes.edit" },
  { to: "/people", word: "People", icon: IconUsers, key: "e", right: "actors.block" },
  { to: "/settings", word: "Settings", icon: IconSettings, key: "s", low: true },
];

export function placesFor(me: Me): Place[] {
  return places.filter(({ right }) => right === undefined || can(me, right));
}
