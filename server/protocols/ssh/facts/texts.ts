import type { Command, Script, Word } from "unbash";
import { Refusal } from "../../../../shared/contract/errors.ts";
import { spend } from "./budget.ts";
import { dialectOf } from "./dialect.ts";
import { type Findings, noteOpaque } from "./findings.ts";
import { type Flow, unknownFlow } from "./flow.ts";
import { innerTextNodes, maxScriptBytes } from "./meaning.ts";
import type { Operand } from "./operand.ts";
import { readText } from "./read.ts";
import { forgetAll, type Runner, type Scope } from "./runner.ts";

/** What walks the trees of texts. */
type Walk = {
  script(node: Script, scope: Scope, input?: Flow): Flow;
  inside(scope: Scope): Scope;
  flowOf(operand: Operand): Flow;
};

/** Texts that stand in the command or for a part of it: strings that a shell runs, aliases, functions. */
export function createTexts(
  findings: Findings,
  { script, inside, flowOf }: Walk,
): Pick<Runner, "text" | "fed"> & {
  aliased(node: Command, name: Word, scope: Scope, input: Flow | undefined): Flow | undefined;
  called(name: string, args: readonly Operand[], scope: Scope, input: Flow | undefined): Flow | undefined;
} {
  /** What cannot be read there is not known; the command as a whole can be. */
  function inner(
    text: string,
    scope: Scope,
    by: string,
    input?: Flow,
    of = (read: Script): Script => read,
  ): Flow {
    spend(findings, innerTextNodes + (text.length >> 1));
    try {
      const read = readText(text, maxScriptBytes);
      if (!read.complete) noteOpaque(findings, `the text that ${by} runs has no end`);
      return script(of(read.script), { ...scope, source: text, own: false }, input);
    } catch (error) {
      if (!(error instanceof Refusal) || error.code !== "shell_unparseable") throw error;
      noteOpaque(findings, `the text that ${by} runs cannot be parsed`);
      return unknownFlow;
    }
  }

  const otherShell = (by: string): Pick<Scope, "shell" | "live" | "variables" | "certain"> => ({
    shell: dialectOf(by),
    live: false,
    variables: new Map(),
    certain: true,
  });

  const noteRun = ({ traits }: Flow): void => {
    for (const trait of traits) if (trait !== "unknown") findings.effects.add(`${trait}-and-run`);
  };

  const text: Runner["text"] = (operand, scope, { by, same = false, positional = [] }) => {
    if (operand.dynamic) {
      noteOpaque(findings, `the text that ${by} runs holds an expansion`);
      noteRun(flowOf(operand));
    }
    const deeper = inside(scope);
    if (!same) return inner(operand.text, { ...deeper, ...otherShell(by), positional }, by);
    const flow = inner(operand.text, deeper, by);
    forgetAll(scope);
    return flow;
  };

  const fed: Runner["fed"] = (by, input, scope) => {
    if (input === undefined) return unknownFlow;
    noteRun(input);
    if (input.text === undefined || input.traits.has("unknown"))
      noteOpaque(findings, `${by} runs what it is given`);
    return input.text === undefined
      ? unknownFlow
      : inner(input.text, { ...inside(scope), ...otherShell(by), positional: [] }, by);
  };

  const aliasOf = (word: Word, { expanding }: Scope): string | undefined => {
    const { aliases } = findings.words;
    const isAlias = word.parts === undefined && word.text === word.value && Object.hasOwn(aliases, word.text);
    return isAlias && !expanding.has(`alias ${word.text}`) ? aliases[word.text] : undefined;
  };

  /** A command whose word an alias stands for, read with the alias in its place; undefined where none does. */
  function aliased(node: Command, name: Word, scope: Scope, input: Flow | undefined): Flow | undefined {
    if (!scope.live) return undefined;
    const value = aliasOf(name, scope);
    if (value === undefined) {
      madeAlias(node, name, scope, input);
      return undefined;
    }
    const by = `the alias ${name.text}`;
    if (node.redirects.some(({ type }) => type === "HereDoc"))
      noteOpaque(findings, `${by} stands before a here-document`);
    const names = [name.text];
    let text = scope.source.slice(node.pos, name.pos) + value;
    let at = name.end;
    // After an alias that ends in a blank, the next word is looked up, too.
    for (let last = value; /[ \t]$/.test(last);) {
      const next = node.suffix.find(({ pos }) => pos >= at);
      const more = next?.type === "Word" ? aliasOf(next, scope) : undefined;
      if (next?.type !== "Word" || more === undefined) break;
      text += scope.source.slice(at, next.pos) + more;
      names.push(next.text);
      at = next.end;
      last = more;
    }
    return inner(text + scope.source.slice(at, node.end), expandingIn(scope, names), by, input);
  }

  /** An alias that the text itself makes counts from its next line on, if at all: both meanings are noted. */
  function madeAlias(node: Command, name: Word, scope: Scope, input: Flow | undefined): void {
    const value = findings.madeAliases.get(name.value);
    if (value === undefined || scope.expanding.has(`alias ${name.value}`)) return;
    const text = scope.source.slice(node.pos, name.pos) + value + scope.source.slice(name.end, node.end);
    inner(text, expandingIn(scope, [name.value]), `the alias ${name.value}`, input);
  }

  const expandingIn = (scope: Scope, aliases: readonly string[]): Scope => ({
    ...inside(scope),
    expanding: new Set([...scope.expanding, ...aliases.map((each) => `alias ${each}`)]),
  });

  /** A function of the live shell, with the arguments of this call; undefined where there is none. */
  function called(
    name: string,
    args: readonly Operand[],
    scope: Scope,
    input: Flow | undefined,
  ): Flow | undefined {
    const { functions } = findings.words;
    const key = `function ${name}`;
    const definition = Object.hasOwn(functions, name) ? functions[name] : undefined;
    if (definition === undefined || scope.expanding.has(key)) return undefined;
    const expanding = new Set([...scope.expanding, key]);
    const within = { ...inside(scope), expanding, certain: false, positional: args, variables: new Map() };
    return inner(definition, within, `the function ${name}`, input, bodyOf);
  }

  return { text, fed, aliased, called };
}

/** `declare -f` prints `name () { ... }`, of which the body runs; a bare body is taken as it is. */
function bodyOf(script: Script): Script {
  const [first] = script.commands;
  if (script.commands.length !== 1 || first?.command.type !== "Function") return script;
  const { body } = first.command;
  return body.type === "CompoundList"
    ? { ...script, commands: body.commands }
    : { ...script, commands: [{ ...first, command: body }] };
}
