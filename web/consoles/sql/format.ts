import { toast } from "../../ui/toast.tsx";

/** The text laid out anew; undefined, and a word about it, where the formatter does not understand it. */
export async function formatSql(text: string): Promise<string | undefined> {
  const { formatDialect, postgresql } = await import("sql-formatter");
  try {
    return formatDialect(text, {
      dialect: postgresql,
      keywordCase: "upper",
      tabWidth: 2,
      expressionWidth: 80,
    });
  } catch {
    toast({
      verdict: "unclear",
      title: "This cannot be formatted",
      message: "The formatter does not understand it. Nothing was changed.",
    });
    return undefined;
  }
}
