import { bring, CodeMissing } from "../../api/bring.ts";
import { toast } from "../../ui/toast.tsx";

/** The text laid out anew; undefined, and a word about it, where the formatter does not understand it. */
export async function formatSql(text: string): Promise<string | undefined> {
  try {
    const { formatDialect, postgresql } = await bring(() => import("sql-formatter"));
    return formatDialect(text, {
      dialect: postgresql,
      keywordCase: "upper",
      tabWidth: 2,
      expressionWidth: 80,
    });
  } catch (reason) {
    toast({
      verdict: "unclear",
      title: "This cannot be formatted",
      message:
        reason instanceof CodeMissing
          ? "The formatter could not be brought: the gateway does not answer."
          : "The formatter does not understand it. Nothing was changed.",
    });
    return undefined;
  }
}
