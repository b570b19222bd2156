import { Refusal } from "../../shared/contract/errors.ts";
import { newCommandId, type CommandId } from "../../shared/ids.ts";
import type { Actor } from "../../shared/nouns/actor.ts";
import type { Command } from "../../shared/nouns/command.ts";
import type { Session } from "../../shared/nouns/session.ts";
import { describeShell } from "../protocols/ssh/facts/describe.ts";
import type { Dialect, ShellWords } from "../protocols/ssh/facts/meaning.ts";
import type { ShellRequest, ShellVerdict, ToldWords } from "../protocols/ssh/shell/seam.ts";
import type { Rooms } from "./rooms.ts";
import type { ScreenEvent } from "./screen.ts";
import type { StreamScreen } from "./stream-screen.ts";
import type { Accepted, Submission } from "./submission.ts";
import type { Released } from "./terminals.ts";
import { untilFinal } from "./until-final.ts";
import { endWords, heldWords } from "./verdict-words.ts";

/** The shell in which lines are typed, as far as verdicts go. */
export type AskingShell = {
  answer(id: number, verdict: ShellVerdict): void;
  /** A quiet line under the held command. */
  notice(text: string): void;
  /** Ctrl-C to what runs. */
  interrupt(): void;
  /** Keeps the permit for a run of its own that the verdict begins; left out, the line goes on in the shell itself. */
  take?: ((what: Released) => void) | undefined;
};

/** Where a line's output is seen. */
export type TerminalScreen = Pick<StreamScreen, "entered" | "shown" | "masked">;

/** Leads each line that a shell asks about through the stages, and the verdict back to it. */
export type TypedLines = {
  asked(request: ShellRequest): void;
  told(words: ToldWords): void;
  /** Its user took the line back. */
  withdrawn(id: number): void;
  ended(id: number, status: number): void;
  /** It was let go, and could not be run to its end. */
  failed(id: number, why: Refusal): void;
  /** The shell is gone: what waited is taken back, and how what ran ended is not known. */
  close(): void;
  /** Resolves when nothing more comes of any line. */
  settled(): Promise<unknown>;
};

/** Times that a shell is asked for the meaning of names, for one line: an alias of aliases of aliases. */
const maxRounds = 6;
/** How long an interrupted command may take to give the prompt back: on a busy host that is no matter of a moment. */
const interruptGraceMs = 15_000;
/** A key that comes before the program has the terminal reaches nobody: it is pressed again. */
const interruptAgainMs = 250;

type Line = {
  id: number;
  text: string;
  rounds: number;
  words: ShellWords;
  command: CommandId | undefined;
  /** Let go: from now on its own end counts, not the verdict's. */
  granted: boolean;
  over: AbortController;
  end: (status: number) => void;
  fail: (why: Refusal) => void;
  ended: Promise<number>;
};

const noWords: ShellWords = { aliases: {}, functions: {}, programs: {} };

/** What of the gate the lines go through. */
export type TypedLinesGate = {
  submit: (submission: Submission) => Promise<Accepted>;
  /** The command with its review, as its actor sees it. */
  view: (id: CommandId, actor: Actor) => Promise<Command>;
  withdraw: (id: CommandId, actor: Actor) => Promise<unknown>;
};

export function createTypedLines(
  options: {
    rooms: Pick<Rooms, "terminals" | "journal" | "approvals" | "now" | "onError">;
    session: Session;
    target: { name: string; revision: number };
    dialect: () => Dialect;
    shell: AskingShell;
    screen: TerminalScreen;
    /** Who types, as their latest token describes them. */
    actor: () => Actor;
  } & TypedLinesGate,
): TypedLines {
  const { rooms, session, target, dialect, shell, screen, actor, submit, view, withdraw } = options;
  const { terminals, journal, now, onError } = rooms;
  let line: Line | undefined;
  const going = new Set<Promise<unknown>>();
  const track = (work: Promise<unknown>) => {
    going.add(work);
    void work.finally(() => going.delete(work));
  };

  const deny = (of: Line, message: string) => {
    if (of.over.signal.aborted || of.granted) return;
    of.over.abort();
    shell.answer(of.id, { kind: "deny", message });
  };

  /** Before anything is judged: is it complete, and what do its words mean in this shell? */
  function consider(of: Line): void {
    try {
      const { complete, words } = describeShell(of.text, of.words, dialect());
      if (!complete) shell.answer(of.id, { kind: "incomplete" });
      else if (words.length > 0 && of.rounds++ < maxRounds)
        shell.answer(of.id, { kind: "need", names: words });
      else track(follow(of));
    } catch (error) {
      if (!(error instanceof Refusal)) throw error;
      deny(of, `${error.message} ${error.hint ?? ""}`.trim());
    }
  }

  async function follow(of: Line): Promise<void> {
    const command = newCommandId();
    of.command = command;
    // What runs on its own was entered in an editor of the gate's, which has gone to a new line by then.
    screen.entered(command, shell.take !== undefined);
    const context = { dialect: dialect(), words: of.words };
    const forget = terminals.put(session.id, command, {
      context,
      text: of.text,
      run: (...given) => run(of, ...given),
      masked: screen.masked,
    });
    try {
      const input = { command: of.text, stdin: "", timeoutSeconds: 3600 };
      const accepted = await submit({ actor: actor(), session: session.id, input, id: command });
      let settled = await accepted.settled;
      if (settled.state === "held") {
        if (of.over.signal.aborted) await withdraw(command, actor());
        else shell.notice(heldWords(settled));
        await untilFinal(journal, command);
        settled = await view(command, actor());
      }
      deny(of, endWords(settled));
    } catch (error) {
      if (!(error instanceof Refusal)) onError(error);
      deny(
        of,
        error instanceof Refusal
          ? `${error.message} ${error.hint ?? ""}`.trim()
          : "The gateway failed; it did not run.",
      );
    } finally {
      forget();
    }
  }

  /** Under its permit the line goes on in the shell. Its end is told behind what it printed. */
  async function run(
    of: Line,
    { permit, sha256, final }: Released,
    signal: AbortSignal,
  ): Promise<AsyncIterable<ScreenEvent>> {
    if (of.over.signal.aborted) throw new Refusal("cancelled", "The line was taken back. Nothing ran.");
    of.granted = true;
    if (shell.take) shell.take({ permit, sha256, final });
    else
      permit.spend(now(), {
        target: permit.binding.target,
        targetRevision: target.revision,
        session: session.id,
        sha256,
      });
    return (async function* () {
      const code = await letGo(of, final, signal).finally(screen.shown);
      yield { type: "exit" as const, code, truncated: false };
    })();
  }

  async function letGo(of: Line, final: string, signal: AbortSignal): Promise<number> {
    const timers: NodeJS.Timeout[] = [];
    const stopped = new Promise<never>((_, reject) => {
      const gone = () => reject(lost("The terminal ended under the command."));
      const stop = () => {
        shell.interrupt();
        timers.push(setInterval(shell.interrupt, interruptAgainMs));
        const giveUp = () => reject(lost("It was interrupted, and did not end.", "cancelled"));
        timers.push(setTimeout(giveUp, interruptGraceMs));
      };
      of.over.signal.addEventListener("abort", gone, { once: true });
      if (signal.aborted) stop();
      else signal.addEventListener("abort", stop, { once: true });
    });
    const runsItself = shell.take !== undefined || final === of.text;
    const verdict: ShellVerdict = runsItself ? { kind: "allow" } : { kind: "instead", line: final };
    shell.answer(of.id, verdict);
    try {
      const status = await Promise.race([of.ended, stopped]);
      if (signal.aborted) throw new Refusal("cancelled", "It was interrupted in its terminal.");
      return status;
    } finally {
      for (const timer of timers) clearTimeout(timer);
    }
  }

  return {
    asked({ id, text, told }) {
      let end: Line["end"] = () => {};
      let fail: Line["fail"] = () => {};
      const ended = new Promise<number>((resolve, reject) => {
        end = resolve;
        fail = reject;
      });
      ended.catch(() => undefined);
      line = {
        ...{ id, text, rounds: 0, words: merged(noWords, told), command: undefined, granted: false },
        ...{ over: new AbortController(), end, fail, ended },
      };
      consider(line);
    },
    told(words) {
      if (line === undefined || line.granted) return;
      line.words = merged(line.words, words);
      consider(line);
    },
    withdrawn(id) {
      if (line?.id !== id || line.granted) return;
      line.over.abort();
      if (line.command !== undefined) withdraw(line.command, actor()).catch(ignoreEnded(onError));
    },
    ended(id, status) {
      if (line?.id === id) line.end(status);
    },
    failed(id, why) {
      if (line?.id === id) line.fail(why);
    },
    close() {
      if (line === undefined) return;
      const waits = !line.granted && line.command !== undefined && !line.over.signal.aborted;
      line.over.abort();
      if (waits && line.command !== undefined)
        track(withdraw(line.command, actor()).catch(ignoreEnded(onError)));
    },
    settled: () => Promise.allSettled(going),
  };
}

const lost = (what: string, code: "cancelled" | "session_closed" = "session_closed") =>
  new Refusal(code, what, { extra: { outcome: "unknown" } });

/** It may have ended by itself in the same moment. */
const ignoreEnded = (onError: (error: unknown) => void) => (error: unknown) => {
  if (!(error instanceof Refusal)) onError(error);
};

function merged(known: ShellWords, { directory, words }: ToldWords): ShellWords {
  const aliases = { ...known.aliases };
  const functions = { ...known.functions };
  const programs = { ...known.programs };
  for (const { name, alias, function: body, path } of words) {
    if (alias !== "") aliases[name] = alias;
    if (body !== "") functions[name] = body;
    programs[name] = path;
  }
  return { aliases, functions, programs, ...(directory !== "" && { directory }) };
}
