import type { Node } from "libpg-query";

/** True where an option is on: absent value, or anything but a plain "off". */
export function isOn(options: readonly Node[] | undefined, name: string): boolean {
  let on = false;
  for (const node of options ?? []) {
    if (!("DefElem" in node) || node.DefElem.defname?.toLowerCase() !== name) continue;
    const { arg } = node.DefElem;
    const off =
      arg !== undefined &&
      (("String" in arg && /^(off|false)$/i.test(arg.String.sval ?? "")) ||
        ("Integer" in arg && (arg.Integer.ival ?? 0) === 0) ||
        ("Boolean" in arg && arg.Boolean.boolval !== true));
    on = !off;
  }
  return on;
}
