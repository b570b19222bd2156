import type { RelationUse } from "../../../../shared/nouns/facts.ts";
import type { StatementMeaning } from "./meaning.ts";

/** A person's line about a command, and the relation that it is mostly about. Holds names, never values. */
export function summaryOf(
  statements: readonly StatementMeaning[],
  reads: readonly RelationUse[],
  changes: readonly RelationUse[],
): { summary: string; subject: string } {
  const subject = (changes[0] ?? reads[0])?.relation ?? "";
  const kinds = statements.map(({ node, actions, action }) => {
    const words = node
      .replace(/Stmt$/, "")
      .replace(/(?<=[a-z])(?=[A-Z])/g, " ")
      .toUpperCase();
    const inner = actions
      .filter((each) => each !== action)
      .map((each) => each.slice("sql.".length).toUpperCase());
    return inner.length === 0 ? words : `${words} with ${inner.join(", ")}`;
  });
  const what = [...new Set(kinds)].join("; ");
  const others = new Set([...changes, ...reads].map(({ relation }) => relation)).size - 1;
  const where = subject === "" ? "" : ` on ${subject}${others > 0 ? ` and ${others} more` : ""}`;
  return {
    summary: `${what}${where}${statements.length > 1 ? `, ${statements.length} statements` : ""}`,
    subject,
  };
}
