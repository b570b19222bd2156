import { noteArithmetic } from "../arithmetic.ts";
import { noteOpaque } from "../findings.ts";
import { flowWith, silent, textFlow, type Flow } from "../flow.ts";
import type { Operand } from "../operand.ts";
import type { Builtin } from "./builtin.ts";

export const echo: Builtin = ({ args, input }) => {
  const words = args.filter(({ text }, index) => !(index < 2 && /^-[neE]+$/.test(text)));
  const text = `${words.map((each) => each.text).join(" ")}\n`;
  const escaped = args.some((each) => /^-[nE]*e/.test(each.text));
  return known(words, escaped ? unescaped(text) : text, input);
};

export const printf: Builtin = (call, runner) => {
  const [format, ...words] = call.args[0]?.text === "--" ? call.args.slice(1) : call.args;
  if (format?.text === "-v") {
    const [variable] = words;
    if (variable?.dynamic === true)
      noteOpaque(runner.findings, "printf gives a value to a variable named by an expansion");
    runner.assign(variable?.text.replace(/\[.*$/s, "") ?? "", undefined, call.scope);
    return silent;
  }
  if (format === undefined) return silent;
  if (call.scope.shell === "zsh" && (format.dynamic || /%[^%sbqc]*[diouxXeEfFgG]/.test(format.text)))
    for (const { text } of words) noteArithmetic(runner.findings, text, call.scope);
  const plain = unescaped(format.text);
  let next = 0;
  const filled = plain.replace(/%(%|[bsdq])/g, (_, kind: string) =>
    kind === "%" ? "%" : unescapedIf(kind === "b", words[next++]?.text ?? ""),
  );
  const simple = !/%[^%bsdq]/.test(plain) && next >= words.length;
  return simple ? known([format, ...words], filled, call.input) : flowWith(call.input, "unknown");
};

const unescapedIf = (yes: boolean, text: string): string => (yes ? unescaped(text) : text);

const unescaped = (text: string): string =>
  text.replace(/\\(x[0-9a-fA-F]{1,2}|u[0-9a-fA-F]{1,4}|0?[0-7]{1,3}|[ntr\\])/g, (_, code: string) => {
    if (code.startsWith("x") || code.startsWith("u"))
      return String.fromCharCode(Number.parseInt(code.slice(1), 16));
    if (/^[0-7]/.test(code)) return String.fromCharCode(Number.parseInt(code, 8));
    return { n: "\n", t: "\t", r: "\r" }[code] ?? "\\";
  });

const known = (words: readonly Operand[], text: string, input: Flow | undefined): Flow =>
  words.some(({ dynamic, scripts }) => dynamic || scripts.length > 0)
    ? flowWith(input, "unknown")
    : textFlow(text);
