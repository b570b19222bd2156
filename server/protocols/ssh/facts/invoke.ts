import { spend } from "./budget.ts";
import { runBuiltin } from "./builtins.ts";
import { type Findings, noteOpaque, noteScript } from "./findings.ts";
import { type Flow, flowWith, silent, unknownFlow } from "./flow.ts";
import { handlers } from "./handlers/all.ts";
import type { Operand } from "./operand.ts";
import { normalPath, secretsAt } from "./paths.ts";
import { noteUnlisted, parseCall, runByTable } from "./program.ts";
import { programNamed } from "./programs/table.ts";
import { type Call, forgetAll, type Runner, type Scope } from "./runner.ts";

/** Where programs of the system stand: what is run from there is no script of somebody's. */
const systemDirectories =
  /^(\/usr(\/local)?)?\/s?bin\/[^/]+$|^\/snap\/bin\/[^/]+$|^\/(usr\/)?lib(64)?\/[^/]*ld-[^/]*$/;

/** Programs that see a name, and not what is behind it; and those whose words are read by functions of their own. */
const namesAlone =
  /^(test|\[|echo|printf|expr|basename|dirname|which|whereis|type|find|fd|fdfind|ssh-keygen|chmod)$/;

const maxShown = 60;

/** Not a name, whatever it will be. */
const isUnknown = ({ dynamic, glob, text }: Operand): boolean =>
  dynamic || glob || text === "" || /[$`]/.test(text);

/** Words become a function, a builtin or a program. */
export function createInvoke(
  findings: Findings,
  runner: () => Runner,
  inside: (scope: Scope) => Scope,
  called: (name: string, args: readonly Operand[], scope: Scope, input: Flow | undefined) => Flow | undefined,
): Pick<Runner, "run" | "plain" | "program"> {
  function run(argv: readonly Operand[], scope: Scope, input: Flow | undefined): Flow {
    const [head, ...args] = argv;
    if (head === undefined || isUnknown(head) || head.text.includes("/")) return plain(argv, scope, input);
    const name = head.text;
    if (findings.madeFunctions.has(name)) forgetAll(scope);
    const flow = scope.live ? called(name, args, scope, input) : undefined;
    if (flow !== undefined) {
      findings.commands += 1;
      findings.programs.add(name);
      findings.actions.add("shell.run");
      forgetAll(scope);
      return flow;
    }
    if (scope.live && !isTold(name)) findings.unknownWords.add(name);
    return plain(argv, scope, input);
  }

  const isTold = (name: string): boolean =>
    [findings.words.aliases, findings.words.functions, findings.words.programs].some((each) =>
      Object.hasOwn(each, name),
    );

  function plain(argv: readonly Operand[], scope: Scope, input: Flow | undefined): Flow {
    const [head, ...args] = argv;
    if (head === undefined) return silent;
    if (!isUnknown(head)) {
      const flow = runBuiltin({ name: head.text, args, program: {}, scope, input }, runner());
      if (flow !== undefined) {
        findings.commands += 1;
        findings.programs.add(head.text);
        return flow;
      }
    }
    return program(argv, scope, input);
  }

  function program(argv: readonly Operand[], scope: Scope, input: Flow | undefined): Flow {
    const [head, ...args] = argv;
    if (head === undefined) return silent;
    spend(findings, argv.length);
    findings.commands += 1;
    findings.actions.add("shell.run");
    if (isUnknown(head)) return unknownProgram(head);
    const name = head.text.slice(head.text.lastIndexOf("/") + 1);
    findings.programs.add(name);
    noteOwnProgram(head, args, scope);
    const known = programNamed(name);
    const call: Call = { name, args, program: known ?? {}, scope: inside(scope), input };
    const [before, noted] = [weigh(), findings.subjects.length];
    const handler = known?.special === undefined ? undefined : handlers[known.special];
    const flow =
      known === undefined ? strangeProgram(call) : (handler?.(call, runner()) ?? runByTable(call, runner()));
    // What runs behind a wrapper has noted its own part.
    const within = findings.subjects.slice(noted).reduce((sum, { weight }) => sum + weight, 0);
    if (known !== undefined) noteUnlisted(call, runner());
    if (known?.wrapper === undefined && !namesAlone.test(name)) noteSecretsNamed(call);
    const [first] = parseCall(call).operands;
    findings.subjects.push({
      weight: weigh() - before - within,
      text: first === undefined ? name : `${name} ${first.text}`,
    });
    return flow;
  }

  function unknownProgram(head: Operand): Flow {
    if (head.text !== "")
      noteOpaque(
        findings,
        `the program is named by ${head.glob ? "a pattern" : "an expansion"}: ${head.text.slice(0, maxShown)}`,
      );
    for (const trait of runner().flowOf(head).traits)
      if (trait !== "unknown") findings.effects.add(`${trait}-and-run`);
    return unknownFlow;
  }

  /** A program that the table does not know may change anything. */
  function strangeProgram({ input }: Call): Flow {
    findings.writes = true;
    return flowWith(input);
  }

  /** A secret's path among the words, of whose use nothing is known, is no accident: `--file=/etc/shadow`. */
  function noteSecretsNamed({ args }: Call): void {
    for (const { text, glob } of args) {
      const path = text.replace(/^-(-[\w-]+=|\w(?=[/~.]))/, "").replace(/^[@<]/, "");
      const isNoted = [findings.reads, findings.changes, findings.deletes].some((uses) => uses.has(path));
      if (path.includes("/") && !isNoted)
        for (const secret of secretsAt(normalPath(path), glob)) findings.secrets.add(secret);
    }
  }

  /** Grows with what matters; the program that adds most gives the command its title. */
  const weigh = (): number =>
    findings.deletes.size * 8 +
    (findings.effects.size + findings.persistence.size + findings.secrets.size) * 4 +
    findings.changes.size * 2 +
    findings.opaque.size +
    findings.network.size;

  /** What is no program of the system is a script until somebody has looked. */
  function noteOwnProgram({ text, span }: Operand, args: readonly Operand[], scope: Scope): void {
    const told =
      scope.live && Object.hasOwn(findings.words.programs, text) ? findings.words.programs[text] : "";
    const path = text.includes("/") ? text : (told ?? "");
    if (path === "" || systemDirectories.test(path)) return;
    noteScript(findings, {
      path,
      interpreter: "",
      sourced: false,
      span: scope.own ? span : undefined,
      arguments: args.map((each) => each.text),
    });
  }

  return { run, plain, program };
}
