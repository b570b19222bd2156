import { administration } from "./administration.ts";
import { clients } from "./clients.ts";
import { engineering } from "./engineering.ts";
import { reports } from "./reports.ts";
import type { DeskStatement } from "./statement.ts";

/** A day of an analyst, an engineer on call and an administrator. */
export const desk: DeskStatement[] = [...reports, ...engineering, ...administration, ...clients];
