import type { RefCallback } from "react";
import { Visible } from "./code.tsx";
import { DiffGutter } from "./diff-gutter.tsx";
import { diffLines, type DiffLine } from "./diff.ts";
import { colourOf, lineEnd, tokensOf, type Language, type Token } from "./language.ts";

type Piece = { text: string; kind: Token["kind"]; changed: boolean };

/**
 * Two versions of a command compared line by line, in the editor's colours: what was asked, what runs. `mark` gives
 * each line of the second version, counted from 1, a ref at its end.
 */
export function CodeDiff({
  before,
  after,
  language,
  mark,
}: {
  before: string;
  after: string;
  language: Language;
  mark?: (line: number) => RefCallback<Element>;
}) {
  const left = tokenLines(before, language);
  const right = tokenLines(after, language);
  return (
    <div className="diff hero">
      {diffLines(before, after, lineEnd(language)).map((line, index) => (
        <div className={`l ${line.kind}`} key={index}>
          <DiffGutter line={line} removed="only asked:" added="runs instead:" />
          <span>
            {pieces(line, line.right === undefined ? left[line.left ?? 0] : right[line.right]).map(
              (piece, at) => (
                <Changed key={at} piece={piece} kind={line.kind} />
              ),
            )}
            {line.right === undefined || mark === undefined ? null : (
              <i className="seen" ref={mark(line.right)} />
            )}
          </span>
        </div>
      ))}
    </div>
  );
}

function Changed({ piece, kind }: { piece: Piece; kind: DiffLine["kind"] }) {
  const text = (
    <span className={colourOf(piece.kind)}>
      <Visible text={piece.text} />
    </span>
  );
  if (!piece.changed) return text;
  return kind === "del" ? <del>{text}</del> : <ins>{text}</ins>;
}

type Part = { kind: Token["kind"]; text: string };

/** Tokens by line, counted from 1, those that span lines cut at the line ends. */
function tokenLines(command: string, language: Language): Part[][] {
  const lines: Part[][] = [[], []];
  for (const { kind, start, end } of tokensOf(command, language))
    command
      .slice(start, end)
      .split(lineEnd(language))
      .forEach((text, index) => {
        if (index > 0) lines.push([]);
        if (text !== "") lines.at(-1)?.push({ kind, text });
      });
  return lines;
}

/** Cuts a line where either its colour or its being changed does. */
function pieces({ words }: DiffLine, tokens: readonly Part[] = []): Piece[] {
  const cut: Piece[] = [];
  let token = 0;
  let used = 0;
  for (const word of words) {
    let left = word.text;
    while (left !== "") {
      const current = tokens[token];
      const rest = current === undefined ? left.length : current.text.length - used;
      const text = left.slice(0, rest);
      cut.push({ text, kind: current?.kind ?? "identifier", changed: word.changed });
      left = left.slice(rest);
      used += text.length;
      if (current !== undefined && used >= current.text.length) {
        token++;
        used = 0;
      }
    }
  }
  return cut;
}
