import { type Setting, settings } from "../../server/config/settings.ts";
import { code, table } from "./markdown.ts";

/** Every setting: what it says, its default, and where production needs it. */
export function settingsTable(): string {
  const rows = Object.entries<Setting>(settings).map(([name, setting]) => [
    code(name),
    `${setting.about}${setting.secret ? ` Secret: may come from the file that ${code(`${name}_FILE`)} names.` : ""}`,
    setting.production === "required" ? "required" : code(setting.default ?? ""),
  ]);
  return table(["setting", "what it is", "default"], rows);
}
