/** A fenced block: what is in it, and the line of its fence. */
export type Block = { text: string; line: number };

/** The fenced blocks of one language. */
export function blocksOf(markdown: string, language: string): Block[] {
  const blocks: Block[] = [];
  let open: { lines: string[]; wanted: boolean; line: number } | undefined;
  for (const [index, line] of markdown.split("\n").entries()) {
    const fence = /^```(\S*)\s*$/.exec(line);
    if (fence && open === undefined) open = { lines: [], wanted: fence[1] === language, line: index + 1 };
    else if (fence && open !== undefined) {
      if (open.wanted) blocks.push({ text: open.lines.join("\n"), line: open.line });
      open = undefined;
    } else open?.lines.push(line);
  }
  return blocks;
}

/** Puts a generated part between its two marks. Throws where the marks are not there. */
export function replacePart(markdown: string, name: string, part: string): string {
  const [begin, end] = [`<!-- generated: ${name} -->`, `<!-- end: ${name} -->`];
  const [from, to] = [markdown.indexOf(begin), markdown.indexOf(end)];
  if (from < 0 || to < from) throw new Error(`the marks of the generated part "${name}" are missing`);
  return `${markdown.slice(0, from + begin.length)}\n${part}\n${markdown.slice(to)}`;
}

/** A table. Cells must not hold line ends; what would end a cell is escaped. */
export function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]) =>
    `| ${cells.map((cell) => cell.replaceAll("|", "\\|")).join(" | ")} |`;
  return [line(head), line(head.map(() => "---")), ...rows.map(line)].join("\n");
}

/** As the name of a value, where there is one. */
export const code = (text: string) => (text === "" ? "" : `\`${text}\``);
