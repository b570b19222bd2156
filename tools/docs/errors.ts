import { errorCodes } from "../../shared/contract/errors.ts";
import { code, table } from "./markdown.ts";

/** The closed set of error codes. */
export function errorsTable(): string {
  return table(
    ["code", "status", "title"],
    Object.entries(errorCodes).map(([name, { status, title }]) => [code(name), String(status), title]),
  );
}
