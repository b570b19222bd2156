import { Refusal } from "../../shared/contract/errors.ts";
import { newCommandId } from "../../shared/ids.ts";
import type { Actor } from "../../shared/nouns/actor.ts";
import type { SshBackend } from "../protocols/ssh/connect/backend.ts";
import type { LiveSession } from "../session/sessions.ts";
import type { Rooms } from "./rooms.ts";
import type { ScreenSize } from "./stream.ts";
import type { StreamScreen } from "./stream-screen.ts";
import type { StartedShell } from "./stream-shell.ts";
import type { TypedLine } from "./terminals.ts";
import type { TerminalScreen, TypedLinesGate } from "./typed-lines.ts";
import { rawContext, rawText } from "./understand-shell.ts";
import { untilFinal } from "./until-final.ts";
import { endWords } from "./verdict-words.ts";

/**
 * The login shell as it is, recorded and not judged line by line: all of it is one command, `shell.raw` to policy,
 * which runs until the terminal ends. Resolves once it is decided, by people where policy asks for them. Throws
 * `blocked`, `rejected`, `expired`, `withdrawn`, and what opening a terminal throws.
 */
export function startRawShell(
  { terminals, journal }: Pick<Rooms, "terminals" | "journal">,
  { submit, view }: Pick<TypedLinesGate, "submit" | "view">,
  opening: { live: LiveSession; actor: Actor; host: SshBackend; term: string; size: ScreenSize },
  screen: TerminalScreen & Pick<StreamScreen, "output">,
): Promise<StartedShell> {
  const { live, actor, host, term, size } = opening;
  const id = newCommandId();
  return new Promise((resolve, reject) => {
    const run: TypedLine["run"] = async ({ permit, sha256 }, signal) => {
      const channel = await host.open(permit, { command: undefined, term, ...size, sha256 }, signal);
      channel.onBytes(screen.output);
      const closed = channel.closed;
      // It runs for as long as it is open: only keys tell that somebody uses it.
      void closed.then(live.rest());
      resolve({
        mode: "raw",
        dialect: "other",
        input: (bytes) => channel.write(bytes),
        drained: () => channel.drained(),
        answer: () => {},
        notice: () => {},
        resize: (columns, rows) => channel.resize(columns, rows),
        pause: () => channel.pause(),
        resume: () => channel.resume(),
        closed: closed.then(({ code }) => (code === null ? "lost" : "closed")),
        close: () => channel.close(),
      });
      return (async function* () {
        const { code } = await closed;
        await screen.shown();
        if (signal.aborted) throw new Refusal("cancelled", "The terminal was ended.");
        yield { type: "exit" as const, code, truncated: false };
      })();
    };
    const session = live.session.id;
    const forget = terminals.put(session, id, {
      ...{ context: rawContext, text: rawText },
      ...{ run, masked: screen.masked },
    });
    const lead = async () => {
      const input = { command: rawText, stdin: "", timeoutSeconds: 3600 };
      const { settled } = await submit({ actor, session, input, id });
      if ((await settled).state === "held") await untilFinal(journal, id);
      const { state, ...command } = await view(id, actor);
      const code = state === "rejected" || state === "expired" || state === "withdrawn" ? state : "blocked";
      // Where it was opened this comes at its end, and is heard by nobody.
      throw new Refusal(code, endWords({ state, ...command }));
    };
    lead().catch(reject).finally(forget);
  });
}
