import {
  type Assignment,
  type Command,
  type CommandNode,
  type CompoundCommand,
  forEachChild,
  type Function as FunctionNode,
  type ParsedScript,
  type Redirection,
  type Script,
  type Statement,
  type SyntaxNode,
  type Word,
} from "unbash";
import { areNumbers, countedByShell, countsOn, noteArithmetic, someNumber } from "./arithmetic.ts";
import { spend, tooMuch } from "./budget.ts";
import { declares } from "./builtins/variables.ts";
import { noteFunction, noteHook } from "./definitions.ts";
import { noteDialect } from "./dialect.ts";
import { noteExpansions } from "./expansions.ts";
import { type Findings, noteOpaque } from "./findings.ts";
import { type Flow, flowWith, joinedFlow, silent, unknownFlow } from "./flow.ts";
import { createInvoke } from "./invoke.ts";
import { maxDepth, maxRounds } from "./meaning.ts";
import { type Operand, operandsOf, substitutionsIn } from "./operand.ts";
import { parseCall, runByTable } from "./program.ts";
import { noteRedirects } from "./redirects.ts";
import type { Runner, Scope } from "./runner.ts";
import { createTexts } from "./texts.ts";
import { noteVariable } from "./variables.ts";

/**
 * Gives a way to walk a tree and to collect what it does. Throws `shell_too_large` beyond the budget of nodes and
 * depth.
 */
export function createWalker(findings: Findings): (script: Script, scope: Scope, input?: Flow) => Flow {
  const flows = new WeakMap<object, Flow>();

  const count = (): void => {
    spend(findings, 1);
  };
  const inside = (scope: Scope): Scope => {
    if (scope.depth >= maxDepth) throw tooMuch();
    return { ...scope, depth: scope.depth + 1 };
  };
  /** What happens to variables and directory there stays there. */
  const apart = (scope: Scope, work: (scope: Scope) => Flow): Flow => {
    const { directories } = findings;
    const flow = work({ ...inside(scope), variables: new Map(scope.variables) });
    findings.directories = directories;
    return flow;
  };

  const script = (node: Script, scope: Scope, input?: Flow): Flow => list(node.commands, scope, input);

  const list = (statements: readonly Statement[], scope: Scope, input: Flow | undefined): Flow =>
    joinedFlow(
      statements.map(({ command, background }) =>
        background === true
          ? apart(scope, (inner) => chain(command, inner, input))
          : chain(command, scope, input),
      ),
    );

  function chain(node: Statement["command"], scope: Scope, input: Flow | undefined): Flow {
    count();
    noteDialect(findings, node, scope);
    if (node.type === "AndOr")
      return joinedFlow(
        node.commands.map((each, index) =>
          chain(each, index === 0 ? scope : { ...scope, certain: false }, input),
        ),
      );
    if (node.type !== "Pipeline") return command(node, scope, input);
    if (node.prefixes.some(({ type }) => type === "Time")) findings.wrappers.add("time");
    const [first] = node.commands;
    if (first !== undefined && node.commands.length === 1) return chain(first, scope, input);
    let flow = input;
    for (const each of node.commands) {
      const given = flow;
      flow = apart(scope, (inner) => chain(each, inner, given));
    }
    return flow ?? silent;
  }

  function command(node: CommandNode, scope: Scope, input: Flow | undefined): Flow {
    switch (node.type) {
      case "Command":
        return simple(node, scope, input);
      case "Redirected":
        return compound(node.command, scope, redirected(node.redirects, scope, input));
      case "Function":
        noteFunction(findings, node, scope);
        body(
          node.body,
          { ...inside(scope), certain: false, variables: new Map(), positional: undefined },
          undefined,
        );
        return silent;
      case "Coproc":
        apart(scope, (inner) => body(node.body, inner, unknownFlow));
        return silent;
      default:
        return compound(node, scope, input);
    }
  }

  const body = (node: FunctionNode["body"] | Command, scope: Scope, input: Flow | undefined): Flow =>
    node.type === "CompoundList" ? list(node.commands, scope, input) : command(node, scope, input);

  function compound(node: CompoundCommand, scope: Scope, input: Flow | undefined): Flow {
    const inner = inside(scope);
    const perhaps: Scope = { ...inner, certain: false };
    switch (node.type) {
      case "BraceGroup":
        return list(node.body.commands, inner, input);
      case "Subshell":
        return apart(scope, (own) => list(node.body.commands, own, input));
      case "If":
        return joinedFlow([
          list(node.clause.commands, inner, input),
          ...[
            node.then,
            ...node.elif.flatMap(({ clause, then }) => [clause, then]),
            ...(node.else === undefined ? [] : [node.else]),
          ].map(({ commands }) => list(commands, perhaps, input)),
        ]);
      case "While":
        forget(node, scope);
        return flowWith(
          joinedFlow([list(node.clause.commands, perhaps, input), list(node.body.commands, perhaps, input)]),
        );
      case "For":
      case "Select": {
        const values = (node.wordlist ?? []).flatMap((word) => operands(word, scope));
        const rounds = scope.rounds * Math.max(1, values.length);
        const known = node.type === "For" && node.wordlist !== undefined && rounds <= maxRounds;
        forget(node.body, scope);
        const flow = joinedFlow(
          (known ? values : [undefined]).map((value) => {
            // Within the body it has this one, wherever the loop stands.
            const given = value === undefined ? undefined : [value];
            assign(node.name.value, given, { ...scope, certain: true });
            return list(node.body.commands, { ...perhaps, rounds: known ? rounds : scope.rounds }, input);
          }),
        );
        scope.variables.set(node.name.value, []);
        return flowWith(flow);
      }
      case "ArithmeticFor":
        forget(node, scope);
        for (const each of [node.initialize, node.test, node.update])
          if (each !== undefined) {
            const text = scope.source.slice(each.pos, each.end);
            for (const name of noteArithmetic(findings, text, scope)) assign(name, [someNumber], scope);
            inspect(each, scope);
          }
        return flowWith(list(node.body.commands, perhaps, input));
      case "Case":
        for (const word of [node.word, ...node.items.flatMap(({ pattern }) => pattern)])
          operands(word, scope);
        return joinedFlow(node.items.map((item) => list(item.body.commands, perhaps, input)));
      case "TestCommand":
      case "ArithmeticCommand":
        inspect(node, scope);
        findings.actions.add("shell.session");
        return silent;
    }
  }

  /** A loop's body may run again after what stands at its end: what it may assign is not known in it. */
  function forget(node: SyntaxNode, { variables }: Scope): void {
    const visit = (child: SyntaxNode): void => {
      count();
      if (child.type === "Assignment")
        variables.set(child.name, countsOn(child, variables) ? [someNumber] : []);
      if (child.type === "Word" && variables.has(child.value)) variables.set(child.value, []);
      forEachChild(child, visit);
    };
    visit(node);
  }

  /** Runs the substitutions of a word, or of whatever holds words, and notes its expansions. */
  function inspect(node: SyntaxNode, scope: Scope): void {
    count();
    noteExpansions(findings, node, scope, (name, isNumber) =>
      assign(name, isNumber ? [someNumber] : undefined, scope),
    );
    for (const each of substitutionsIn(node))
      flows.set(
        each,
        apart(scope, (own) => script(each, withinSource(each, own))),
      );
  }

  /** Backquotes hold a text of their own, with escapes; `$(...)` is a part of the one around it. */
  const withinSource = ({ source }: ParsedScript, scope: Scope): Scope =>
    source === undefined ? scope : { ...scope, own: false, source };

  function operands(word: Word, scope: Scope): Operand[] {
    inspect(word, scope);
    return operandsOf(word, scope);
  }

  const flowOf = ({ scripts }: Operand): Flow =>
    scripts.length === 0 ? unknownFlow : joinedFlow(scripts.map((each) => flows.get(each) ?? unknownFlow));

  const redirected = (
    redirects: readonly Redirection[],
    scope: Scope,
    given: Flow | undefined,
  ): Flow | undefined =>
    noteRedirects(findings, redirects, given, {
      flowOf,
      operands(node) {
        if (node.type !== "HereDoc") return node.target === undefined ? [] : operands(node.target, scope);
        inspect(node, scope);
        return [];
      },
    });

  /** The values that it gives; undefined where they are not known. */
  function assigned(node: Assignment, scope: Scope): Operand[] | undefined {
    inspect(node, scope);
    return node.index !== undefined || node.append === true || node.value.type === "ArrayValue"
      ? undefined
      : operandsOf(node.value, scope);
  }

  function assign(name: string, values: readonly Operand[] | undefined, scope: Scope): void {
    noteVariable(findings, name, values?.length === 1 ? values[0]?.text : undefined, scope.live);
    findings.actions.add("shell.session");
    if (name === "IFS") findings.volatile = true;
    const isNumber = areNumbers(values);
    if (scope.live && countedByShell.test(name) && !isNumber)
      noteOpaque(findings, `${name} is no number any more, where others take it for one`);
    const known = scope.certain && !findings.volatile && values?.length === 1;
    if (known && values[0]?.dynamic === false) scope.variables.set(name, values);
    else {
      const stays = isNumber && !findings.volatile && (known || areNumbers(scope.variables.get(name)));
      scope.variables.set(name, stays ? [someNumber] : []);
    }
  }

  function simple(node: Command, scope: Scope, given: Flow | undefined): Flow {
    const input = redirected(node.redirects, scope, given);
    const assignments = node.prefix.filter((each) => each.type === "Assignment");
    if (node.name === undefined) {
      findings.actions.add("shell.session");
      for (const each of assignments) assign(each.name, assigned(each, scope), scope);
      return silent;
    }
    const own = texts.aliased(node, node.name, scope, input);
    if (own !== undefined) return own;
    const name = node.name.value;
    for (const each of assignments) environment(each, name, scope);
    const argv = operands(node.name, scope);
    for (const each of node.args)
      argv.push(...(each.type === "Word" ? operands(each, scope) : assignmentWords(each, name, scope)));
    noteHook(findings, node, argv, scope);
    return invoke.run(argv, scope, input);
  }

  /** `NAME=value program`: for the program alone, so that the hook does not notice, unless it is the hook's own. */
  function environment(node: Assignment, program: string, scope: Scope): void {
    const values = assigned(node, scope);
    if (node.name === "IFS" && /^(read|mapfile|readarray)$/.test(program)) return;
    const { volatile } = findings;
    assign(node.name, values, {
      ...scope,
      variables: new Map(),
      live: scope.live && node.name.startsWith("__g_"),
    });
    findings.volatile = volatile;
  }

  /** `name=value` among a program's words; for `export` and its like an assignment. */
  function assignmentWords(node: Assignment, program: string, scope: Scope): Operand[] {
    const values = assigned(node, scope);
    if (declares.has(program)) assign(node.name, values, scope);
    const common = {
      plain: false,
      glob: false,
      span: { start: node.pos, end: node.end },
      scripts: substitutionsIn(node),
    };
    const texts = values ?? [{ text: "", dynamic: node.value.type === "Word" }];
    return texts.map(({ text, dynamic }) => ({ ...common, dynamic, text: `${node.name}=${text}` }));
  }

  const texts = createTexts(findings, { script, inside, flowOf });
  const invoke = createInvoke(findings, () => runner, inside, texts.called);
  const runner: Runner = {
    findings,
    ...invoke,
    generic: (call) => runByTable(call, runner),
    parse: parseCall,
    text: texts.text,
    fed: texts.fed,
    flowOf,
    assign,
  };
  return script;
}
