import type { DiffLine } from "./diff.ts";

/** Line numbers on both sides and the sign between them and the line, with words for who does not see it. */
export function DiffGutter({
  line: { left, right, kind },
  removed,
  added,
}: {
  line: DiffLine;
  removed: string;
  added: string;
}) {
  return (
    <>
      <i aria-hidden>{left ?? ""}</i>
      <i aria-hidden>{right ?? ""}</i>
      <b>
        <span aria-hidden>{kind === "del" ? "−" : kind === "add" ? "+" : ""}</span>
        <span className="vh">{kind === "del" ? removed : kind === "add" ? added : ""}</span>
      </b>
    </>
  );
}
