import type { Handler } from "../runner.ts";
import { filesystem } from "./filesystem.ts";
import { host } from "./host.ts";
import { remote } from "./remote.ts";
import { search } from "./search.ts";
import { shells } from "./shells.ts";
import { text } from "./text.ts";
import { tools } from "./tools.ts";

/** Programs that the table alone cannot tell, by their `special`. */
export const handlers: Readonly<Record<string, Handler>> = {
  ...filesystem,
  ...host,
  ...remote,
  ...search,
  ...shells,
  ...text,
  ...tools,
};
