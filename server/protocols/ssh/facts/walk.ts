import {
  type Assignment,
  type Command,
  type CommandNode,
  type CompoundCommand,
  forEachChild,
  type ParsedScript,
  type Redirection,
  type Script,
  type Statement,
  type SyntaxNode,
  type Word,
} from "unbash";
import { Refusal } from "../../../../shared/contract/errors.ts";
import { runBuiltin, declares } from "./builtins.ts";
import { noteFunction } from "./definitions.ts";
import { dialectOf, noteDialect } from "./dialect.ts";
import { type Findings, noteOpaque, notePath, noteScript } from "./findings.ts";
import { type Flow, flowWith, joinedFlow, silent, textFlow, unknownFlow } from "./flow.ts";
import { handlers } from "./handlers/all.ts";
import { maxDepth, maxNodes, maxScriptBytes } from "./meaning.ts";
import { type Operand, operandsOf, substitutionsIn } from "./operand.ts";
import { parseCall, runByTable } from "./program.ts";
import { programNamed } from "./programs/table.ts";
import { readText } from "./read.ts";
import type { Runner, Scope } from "./runner.ts";
import { noteExpansions } from "./expansions.ts";
import { noteVariable } from "./variables.ts";
import { secretsAt } from "./paths.ts";

/** Where programs of the system stand: what is run from there is no script of somebody's. */
const systemDirectories =
  /^(\/usr(\/local)?)?\/s?bin\/[^/]+$|^\/snap\/bin\/[^/]+$|^\/(usr\/)?lib(64)?\/[^/]*ld-[^/]*$/;

const tooLarge = (): Refusal =>
  new Refusal("shell_too_large", "The command holds too many commands within one another.", {
    hint: "Run it in several commands.",
  });

/** Walks trees and collects what they do; `script` for a tree, the rest for what stands in it. */
export function createWalker(findings: Findings): Runner & {
  script(script: Script, scope: Scope, input?: Flow): Flow;
} {
  const flows = new WeakMap<object, Flow>();

  const inside = (scope: Scope): Scope => {
    if (scope.depth >= maxDepth) throw tooLarge();
    return { ...scope, depth: scope.depth + 1 };
  };
  const subshell = (scope: Scope): Scope => ({ ...inside(scope), variables: new Map(scope.variables) });

  function script(node: Script, scope: Scope, input?: Flow): Flow {
    return joinedFlow(node.commands.map((statement) => one(statement, scope, input)));
  }

  function one(statement: Statement, scope: Scope, input: Flow | undefined): Flow {
    return anyNode(statement.command, statement.background === true ? subshell(scope) : scope, input);
  }

  function anyNode(node: Statement["command"], scope: Scope, input: Flow | undefined): Flow {
    if (++findings.nodes > maxNodes) throw tooLarge();
    noteDialect(findings, node, scope);
    switch (node.type) {
      case "AndOr":
        return joinedFlow(
          node.commands.map((each, index) =>
            anyNode(each, index === 0 ? scope : { ...scope, certain: false }, input),
          ),
        );
      case "Pipeline": {
        if (node.prefixes.some(({ type }) => type === "Time")) findings.wrappers.add("time");
        if (node.commands.length === 1 && node.commands[0] !== undefined)
          return anyNode(node.commands[0], scope, input);
        return (
          node.commands.reduce<Flow | undefined>(
            (flow, each) => anyNode(each, subshell(scope), flow),
            input,
          ) ?? silent
        );
      }
      default:
        return command(node, scope, input);
    }
  }

  function command(node: CommandNode, scope: Scope, input: Flow | undefined): Flow {
    switch (node.type) {
      case "Command":
        return simple(node, scope, input);
      case "Redirected":
        return compound(node.command, scope, redirected(node.redirects, scope, input).input);
      case "Function":
        noteFunction(findings, node, scope);
        return (
          body(
            node.body,
            { ...inside(scope), certain: false, variables: new Map(), positional: undefined },
            undefined,
          ),
          silent
        );
      case "Coproc":
        return (body(node.body, { ...subshell(scope), certain: false }, unknownFlow), silent);
      default:
        return compound(node, scope, input);
    }
  }

  function body(node: SyntaxNode, scope: Scope, input: Flow | undefined): Flow {
    if (node.type === "CompoundList") return list(node.commands, scope, input);
    if (node.type === "Command" || node.type === "Redirected") return command(node, scope, input);
    return compound(node as CompoundCommand, scope, input);
  }

  const list = (commands: readonly Statement[], scope: Scope, input: Flow | undefined): Flow =>
    joinedFlow(commands.map((each) => one(each, scope, input)));

  function compound(node: CompoundCommand, scope: Scope, input: Flow | undefined): Flow {
    const inner = inside(scope);
    const perhaps: Scope = { ...inner, certain: false };
    switch (node.type) {
      case "BraceGroup":
        return list(node.body.commands, inner, input);
      case "Subshell": {
        const { directory } = findings;
        const flow = list(node.body.commands, subshell(scope), input);
        findings.directory = directory;
        return flow;
      }
      case "If":
        return joinedFlow([
          list(node.clause.commands, inner, input),
          list(node.then.commands, perhaps, input),
          ...node.elif.flatMap(({ clause, then }) => [
            list(clause.commands, perhaps, input),
            list(then.commands, perhaps, input),
          ]),
          ...(node.else === undefined ? [] : [list(node.else.commands, perhaps, input)]),
        ]);
      case "While":
        forget(node, scope);
        return joinedFlow([
          list(node.clause.commands, perhaps, input),
          flowWith(list(node.body.commands, perhaps, input)),
        ]);
      case "For":
      case "Select": {
        const values = (node.wordlist ?? []).flatMap((word) => operands(word, scope));
        forget(node.body, scope);
        assign(
          node.name.value,
          node.type === "For" && node.wordlist !== undefined ? values : undefined,
          scope,
        );
        const flow = list(node.body.commands, perhaps, input);
        scope.variables.delete(node.name.value);
        return flowWith(flow);
      }
      case "ArithmeticFor":
        forget(node, scope);
        inspect(node, scope);
        return flowWith(list(node.body.commands, perhaps, input));
      case "Case":
        operands(node.word, scope);
        for (const { pattern } of node.items) for (const word of pattern) operands(word, scope);
        return joinedFlow(node.items.map((item) => list(item.body.commands, perhaps, input)));
      case "TestCommand":
      case "ArithmeticCommand":
        inspect(node, scope);
        findings.actions.add("shell.session");
        return silent;
    }
  }

  /** A loop's body may run again after what stands at its end: what it may assign is not known in it. */
  function forget(node: SyntaxNode, scope: Scope): void {
    if (node.type === "Assignment") scope.variables.delete(node.name);
    if (node.type === "For" || node.type === "Select") scope.variables.delete(node.name.value);
    if (node.type === "Word") scope.variables.delete(node.value);
    forEachChild(node, (child) => forget(child, scope));
  }

  /** Runs the substitutions of a word, or of whatever holds words, and notes its expansions. */
  function inspect(node: SyntaxNode, scope: Scope): void {
    if (++findings.nodes > maxNodes) throw tooLarge();
    noteExpansions(findings, node, scope.live, (name) => assign(name, undefined, scope));
    for (const each of substitutionsIn(node)) {
      if (flows.has(each)) continue;
      const { directory } = findings;
      flows.set(each, script(each, substituted(each, scope)));
      findings.directory = directory;
    }
  }

  const substituted = (each: ParsedScript, scope: Scope): Scope => ({
    ...subshell(scope),
    own: scope.own && each.source === undefined,
    source: each.source ?? scope.source,
  });

  function operands(word: Word, scope: Scope): Operand[] {
    inspect(word, scope);
    return operandsOf(word, scope);
  }

  function assigned(node: Assignment, scope: Scope): Operand[] | undefined {
    inspect(node, scope);
    if (node.index !== undefined || node.append === true || node.value.type === "ArrayValue")
      return undefined;
    return operandsOf(node.value, scope);
  }

  function assign(name: string, values: readonly Operand[] | undefined, scope: Scope): void {
    const value = values?.length === 1 ? values[0]?.text : undefined;
    noteVariable(findings, name, value, scope.live);
    findings.actions.add("shell.session");
    if (scope.certain && values !== undefined && values.every(({ dynamic }) => !dynamic))
      scope.variables.set(name, values);
    else if (values === undefined || !scope.certain) scope.variables.delete(name);
    else scope.variables.delete(name);
  }

  function redirected(
    redirects: readonly Redirection[],
    scope: Scope,
    given: Flow | undefined,
  ): { input: Flow | undefined; toFile: boolean } {
    let input = given;
    let toFile = false;
    for (const each of redirects) {
      if (each.type === "HereDoc") {
        inspect(each, scope);
        const text = each.operator === "<<-" ? each.body.text.replace(/^\t+/gm, "") : each.body.text;
        if (each.delimiter?.quoted === true) input = textFlow(text);
        else
          input = textFlow(
            text.replace(/\\([$`\\\n])/g, (_, next: string) => (next === "\n" ? "" : next)),
            ...(/[$`]/.test(text) ? (["unknown"] as const) : []),
          );
        continue;
      }
      if (each.target === undefined) continue;
      const targets = operands(each.target, scope);
      for (const target of targets) {
        if (each.type === "HereString") {
          input = target.dynamic ? flowWith(flowOf(target), "unknown") : textFlow(`${target.text}\n`);
          continue;
        }
        if (each.operator === "<") {
          input = /^<\(/.test(target.text)
            ? flowOf(target)
            : target.text === "/dev/null"
              ? silent
              : flowWith(undefined, "unknown");
          notePath(findings, "read", target, "the redirection");
        } else if (/&$/.test(each.operator) && /^(\d+-?|-)$/.test(target.text)) continue;
        else {
          if (each.operator === "<>") notePath(findings, "read", target, "the redirection");
          notePath(findings, "change", target, "the redirection");
          if (/^(>|>\||&>)$/.test(each.operator)) noteTruncated(target);
          toFile = each.operator !== "<>";
        }
      }
    }
    return { input, toFile };
  }

  function noteTruncated({ text }: Operand): void {
    if (/^\/+(etc|boot|usr|lib|bin|sbin)\//.test(text)) findings.effects.add("truncate");
  }

  const flowOf = (operand: Operand): Flow =>
    operand.scripts.length === 0
      ? unknownFlow
      : joinedFlow(operand.scripts.map((each) => flows.get(each) ?? unknownFlow));

  function simple(node: Command, scope: Scope, given: Flow | undefined): Flow {
    const { input } = redirected(node.redirects, scope, given);
    const assignments = node.prefix.filter((each) => each.type === "Assignment");
    if (node.name === undefined) {
      findings.actions.add("shell.session");
      for (const each of assignments) assign(each.name, assigned(each, scope), scope);
      return silent;
    }
    const own = aliased(node, node.name, scope, input);
    if (own !== undefined) return own;
    const name = node.name.value;
    for (const each of assignments) {
      if (each.name === "IFS" && /^(read|mapfile|readarray)$/.test(name)) continue;
      assign(each.name, assigned(each, scope), {
        ...scope,
        variables: new Map(),
        live: scope.live && each.name.startsWith("__g_"),
      });
    }
    const argv = operands(node.name, scope);
    for (const each of node.args) {
      if (each.type === "Word") {
        argv.push(...operands(each, scope));
        continue;
      }
      const values = assigned(each, scope);
      if (declares.has(name)) assign(each.name, values, scope);
      const common = {
        plain: false,
        glob: false,
        span: { start: each.pos, end: each.end },
        scripts: substitutionsIn(each),
      };
      const texts = values ?? [{ text: "", dynamic: each.value.type === "Word" && values === undefined }];
      argv.push(...texts.map(({ text, dynamic }) => ({ ...common, dynamic, text: `${each.name}=${text}` })));
    }
    return run(argv, scope, input);
  }

  /** A word that an alias stands for, read again with the alias in its place; undefined where there is none. */
  function aliased(node: Command, name: Word, scope: Scope, input: Flow | undefined): Flow | undefined {
    const { aliases } = findings.words;
    const valueOf = (word: Word): string | undefined =>
      word.parts === undefined &&
      word.text === word.value &&
      Object.hasOwn(aliases, word.text) &&
      !scope.expanding.has(`alias ${word.text}`)
        ? aliases[word.text]
        : undefined;
    const value = scope.live ? valueOf(name) : undefined;
    if (value === undefined) {
      madeAlias(node, name, scope, input);
      return undefined;
    }
    const by = `the alias ${name.text}`;
    if (node.redirects.some(({ type }) => type === "HereDoc"))
      noteOpaque(findings, `${by} stands before a here-document`);
    let text = scope.source.slice(node.pos, name.pos) + value;
    let at = name.end;
    const names = [`alias ${name.text}`];
    for (let last = value; /[ \t]$/.test(last);) {
      const next = node.suffix.find((each) => each.pos >= at);
      const more = next?.type === "Word" ? valueOf(next) : undefined;
      if (next?.type !== "Word" || more === undefined) break;
      text += `${scope.source.slice(at, next.pos)}${more}`;
      names.push(`alias ${next.text}`);
      at = next.end;
      last = more;
    }
    text += scope.source.slice(at, node.end);
    return inner(
      text,
      { ...inside(scope), own: false, source: text, expanding: new Set([...scope.expanding, ...names]) },
      by,
      input,
    );
  }

  /** An alias that the text itself makes counts from its next line on, if at all: both meanings are noted. */
  function madeAlias(node: Command, name: Word, scope: Scope, input: Flow | undefined): void {
    const value = findings.madeAliases.get(name.value);
    const key = `alias ${name.value}`;
    if (!scope.live || value === undefined || scope.expanding.has(key)) return;
    const text = scope.source.slice(node.pos, name.pos) + value + scope.source.slice(name.end, node.end);
    inner(text, { ...inside(scope), expanding: new Set([...scope.expanding, key]) }, key, input);
  }

  /** A text within the command. What cannot be read there is not known; the command as a whole can be. */
  function inner(text: string, scope: Scope, by: string, input?: Flow): Flow {
    try {
      const read = readText(text, maxScriptBytes);
      if (!read.complete) noteOpaque(findings, `the text that ${by} runs has no end`);
      findings.nodes += text.length >> 3;
      return script(read.script, { ...scope, source: text, own: false }, input);
    } catch (error) {
      if (!(error instanceof Refusal) || error.code !== "shell_unparseable") throw error;
      noteOpaque(findings, `the text that ${by} runs cannot be parsed`);
      return unknownFlow;
    }
  }

  function run(argv: readonly Operand[], scope: Scope, input: Flow | undefined): Flow {
    const [head, ...args] = argv;
    if (head === undefined || isUnknown(head)) return plain(argv, scope, input);
    const { words } = findings;
    const name = head.text;
    const definition = Object.hasOwn(words.functions, name) ? words.functions[name] : undefined;
    const key = `function ${name}`;
    if (scope.live && definition !== undefined && !scope.expanding.has(key)) {
      findings.commands += 1;
      findings.programs.add(name);
      findings.actions.add("shell.run");
      const expanding = new Set([...scope.expanding, key]);
      const flow = called(name, definition, args, { ...inside(scope), expanding, certain: false }, input);
      scope.variables.clear();
      return flow;
    }
    if (scope.live && !name.includes("/") && !scope.expanding.has(`alias ${name}`) && !isKnown(name))
      findings.unknownWords.add(name);
    return plain(argv, scope, input);
  }

  const isKnown = (name: string): boolean =>
    [findings.words.aliases, findings.words.functions, findings.words.programs].some((each) =>
      Object.hasOwn(each, name),
    );

  /** `declare -f` prints `name () { ... }`; a bare body is taken too. */
  function called(
    name: string,
    definition: string,
    args: readonly Operand[],
    scope: Scope,
    input: Flow | undefined,
  ): Flow {
    const by = `the function ${name}`;
    try {
      const { script: tree, complete } = readText(definition, maxScriptBytes);
      if (!complete) noteOpaque(findings, `${by} cannot be read`);
      findings.nodes += definition.length >> 3;
      const within: Scope = {
        ...scope,
        source: definition,
        own: false,
        positional: args,
        variables: new Map(),
      };
      const [first] = tree.commands;
      return tree.commands.length === 1 && first?.command.type === "Function"
        ? body(first.command.body, within, input)
        : script(tree, within, input);
    } catch (error) {
      if (!(error instanceof Refusal) || error.code !== "shell_unparseable") throw error;
      noteOpaque(findings, `${by} cannot be parsed`);
      return unknownFlow;
    }
  }

  const isUnknown = ({ dynamic, glob, text }: Operand): boolean =>
    dynamic || glob || text.includes("$") || text === "" || text.includes("`");

  function plain(argv: readonly Operand[], scope: Scope, input: Flow | undefined): Flow {
    const [head, ...args] = argv;
    if (head === undefined) return silent;
    if (!isUnknown(head) && !head.text.includes("/")) {
      const flow = runBuiltin({ name: head.text, args, program: {}, scope, input }, runner);
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
    findings.commands += 1;
    findings.actions.add("shell.run");
    if (isUnknown(head)) {
      if (head.text !== "")
        noteOpaque(
          findings,
          `the program is named by ${head.glob ? "a pattern" : "an expansion"}: ${head.text.slice(0, 60)}`,
        );
      for (const trait of flowOf(head).traits)
        if (trait !== "unknown") findings.effects.add(`${trait}-and-run`);
      return unknownFlow;
    }
    const name = head.text.slice(head.text.lastIndexOf("/") + 1);
    findings.programs.add(name);
    noteOwnProgram(head, args, scope);
    const known = programNamed(name);
    const [before, noted] = [weigh(), findings.subjects.length];
    const call = {
      name,
      args,
      program: known ?? {},
      scope: inside(scope),
      input,
    };
    const handler = known?.special === undefined ? undefined : handlers[known.special];
    let flow: Flow;
    if (known === undefined) {
      findings.writes = true;
      for (const { text, glob } of args)
        if (text.includes("/")) for (const secret of secretsAt(text, glob)) findings.secrets.add(secret);
      flow = flowWith(input);
    } else flow = handler?.(call, runner) ?? runByTable(call, runner);
    // What runs behind a wrapper has noted its own part.
    const within = findings.subjects.slice(noted).reduce((sum, { weight }) => sum + weight, 0);
    const [first] = parseCall(call).operands;
    findings.subjects.push({
      weight: weigh() - before - within,
      text: first === undefined ? name : `${name} ${first.text}`,
    });
    return flow;
  }

  /** Grows with what matters; the heaviest program gives the command its title. */
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

  function text(
    operand: Operand,
    scope: Scope,
    { by, same = false, positional }: { by: string; same?: boolean; positional?: readonly Operand[] },
  ): Flow {
    if (operand.dynamic) {
      noteOpaque(findings, `the text that ${by} runs holds an expansion`);
      for (const trait of flowOf(operand).traits)
        if (trait !== "unknown") findings.effects.add(`${trait}-and-run`);
    }
    const deeper = inside(scope);
    if (!same) return inner(operand.text, { ...deeper, ...otherShell(by), positional: positional ?? [] }, by);
    const flow = inner(operand.text, deeper, by);
    scope.variables.clear();
    return flow;
  }

  const otherShell = (by: string): Pick<Scope, "shell" | "live" | "variables" | "certain"> => ({
    shell: dialectOf(by),
    live: false,
    variables: new Map(),
    certain: true,
  });

  function fed(by: string, input: Flow | undefined, scope: Scope): Flow {
    if (input === undefined) return unknownFlow;
    for (const trait of input.traits) if (trait !== "unknown") findings.effects.add(`${trait}-and-run`);
    if (input.text === undefined || input.traits.has("unknown"))
      noteOpaque(findings, `${by} runs what it is given`);
    if (input.text === undefined) return unknownFlow;
    return inner(input.text, { ...inside(scope), ...otherShell(by), positional: [] }, by);
  }

  const runner: Runner = {
    findings,
    run,
    plain,
    program,
    generic: (call) => runByTable(call, runner),
    parse: parseCall,
    text,
    fed,
    flowOf,
    assign,
  };
  return { ...runner, script };
}
