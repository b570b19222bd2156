import type { Session } from "../../../shared/nouns/session.ts";
import type { Client } from "../../api/client.ts";
import { createLivingTerminal, type LivingTerminal } from "./living-terminal.ts";

/** The terminals of whoever is signed in: they go on while another page is shown. */
const living = new WeakMap<Client, Map<string, LivingTerminal>>();

export function livingTerminal(api: Client, session: Session): LivingTerminal {
  const terminals = living.get(api) ?? new Map<string, LivingTerminal>();
  living.set(api, terminals);
  const known = terminals.get(session.id);
  if (known !== undefined) return known;
  for (const [id, { shown, snapshot }] of terminals)
    if (!shown && snapshot().link.phase === "ended") forgetTerminal(api, id);
  const terminal = createLivingTerminal(api, session);
  terminals.set(session.id, terminal);
  return terminal;
}

/** Lets go of a terminal whose session is over. */
export function forgetTerminal(api: Client, session: string): void {
  living.get(api)?.get(session)?.dispose();
  living.get(api)?.delete(session);
}
