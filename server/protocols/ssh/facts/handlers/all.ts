import type { Handler } from "../runner.ts";
import { clouds } from "./clouds.ts";
import { containers } from "./containers.ts";
import { filesystem } from "./filesystem.ts";
import { gitTools } from "./git.ts";
import { host } from "./host.ts";
import { keys } from "./keys.ts";
import { remote } from "./remote.ts";
import { search } from "./search.ts";
import { software } from "./software.ts";
import { shells } from "./shells.ts";
import { text } from "./text.ts";

/** Programs that the table alone cannot tell, by their `special`. */
export const handlers: Readonly<Record<string, Handler>> = {
  ...clouds,
  ...containers,
  ...filesystem,
  ...gitTools,
  ...host,
  ...keys,
  ...remote,
  ...search,
  ...software,
  ...shells,
  ...text,
};
