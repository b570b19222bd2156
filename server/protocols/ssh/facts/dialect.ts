import { forEachChild, type SyntaxNode } from "unbash";
import { type Findings, noteOpaque } from "./findings.ts";
import type { Dialect } from "./meaning.ts";
import type { Scope } from "./runner.ts";

/** Words with a meaning of their own in zsh. */
const zshWords =
  /^(noglob|nocorrect|always|repeat|foreach|end|-|r|vared|zmodload|autoload|emulate|sched|zpty|ztcp|zsocket|zcompile|setopt|zparseopts|zf_\w+)$/;
/** Qualifiers that only choose files: no `e`, `+`, `:` or `P`, which run or rewrite. */
const harmlessQualifiers = /^[-./@=p*%rwxRWXAIEsStNDnTMoOLmacFk0-9,[\]^]*$/;
const harmlessFlags = /^\$\{\([@fFLUkvoOnaiuqQ]+\)/;

/** The grammar of a shell by its name; whoever else runs a text is taken to ask bash. */
export function dialectOf(interpreter: string): Dialect {
  if (/^r?zsh$/.test(interpreter)) return "zsh";
  return /^(sh|dash|ash|ksh|mksh|busybox)$/.test(interpreter) ? "sh" : "bash";
}

/** Notes what another shell than bash reads otherwise than the parser does. */
export function noteDialect(findings: Findings, node: SyntaxNode, scope: Scope): void {
  if (scope.shell === "zsh") inZsh(findings, node);
  if (scope.shell === "sh") inSh(findings, node);
}

const ownWords = (node: SyntaxNode, visit: (node: SyntaxNode) => void): void => {
  const go = (child: SyntaxNode): void => {
    if (child.type === "Statement" || child.type === "Script" || child.type === "CompoundList") return;
    visit(child);
    forEachChild(child, go);
  };
  go(node);
};

export const strangeInZsh = (what: string): string =>
  `zsh gives ${what.slice(0, 60)} a meaning that is not judged`;

function inZsh(findings: Findings, node: SyntaxNode): void {
  const strange = (what: string): void => noteOpaque(findings, strangeInZsh(what));
  ownWords(node, (child) => {
    if (child.type === "Command" && child.name !== undefined) {
      const name = child.name.value;
      if (zshWords.test(name)) strange(`the word ${name}`);
      if (/^[^/]+\.\w+$/.test(name) && !Object.hasOwn(findings.words.programs, name))
        strange(`${name}, if its ending is an alias,`);
    }
    if (child.type === "Word" && (/^=[A-Za-z_./]/.test(child.text) || /=\(/.test(child.text)))
      strange(child.text);
    if (child.type === "Word" && /(^|[^\\])\$[+~=^]/.test(child.text)) strange(child.text);
    // The subscript is arithmetic, with whatever its variables hold.
    if (child.type === "Word" && /\$\w+\[(?!-?\d+\]|[@*]\])/.test(child.text)) strange(child.text);
    if (child.type === "Command" && child.name === undefined && child.redirects.length > 0)
      strange("a redirection alone");
    if (child.type === "Word" && /^~\[/.test(child.text)) strange(child.text);
    if (child.type === "ExtendedGlob" && !(child.operator === "*" && harmlessQualifiers.test(child.pattern)))
      strange(child.text);
    if (
      child.type === "ParameterExpansion" &&
      child.operation?.type === "Unknown" &&
      !harmlessFlags.test(child.text)
    )
      strange(child.text);
    if (child.type === "Redirect" && /^!/.test(child.target?.text ?? ""))
      strange(`>${child.target?.text ?? ""}`);
  });
}

function inSh(findings: Findings, node: SyntaxNode): void {
  const strange = (what: string): void =>
    noteOpaque(findings, `another shell than bash may read ${what} otherwise`);
  ownWords(node, (child) => {
    if (child.type === "ArithmeticCommand") strange("((...))");
    if (child.type === "TestCommand") strange("[[...]]");
    if (child.type === "Coproc") strange("coproc");
    if (child.type === "Select") strange("select");
    if (child.type === "AnsiCQuoted" || child.type === "LocaleString") strange(child.text);
    if (child.type === "ProcessSubstitution" || child.type === "ExtendedGlob") strange(child.text);
    if (child.type === "HereString") strange("<<<");
    if (
      child.type === "Redirect" &&
      /^&>|^>&$/.test(child.operator) &&
      !/^(\d+|-)$/.test(child.target?.value ?? "")
    )
      strange(child.operator);
  });
}

/** Words, and quotes that every shell reads alike: all that is known of a shell that is neither of those. */
export const isPlain = (text: string): boolean =>
  /^[\w ./:,@%+=-]*$/.test(text.trim().replace(/'[^'\\\n]*'|"[^"\\$`!\n]*"/g, ""));
