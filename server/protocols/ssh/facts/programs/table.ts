import { files } from "./files.ts";
import { hostPrograms } from "./system.ts";
import { interpreters } from "./interpreters.ts";
import { network } from "./network.ts";
import type { Program } from "./program.ts";
import { tools } from "./tools.ts";
import { wrappers } from "./wrappers.ts";

const table = new Map<string, Program>(
  Object.entries({ ...files, ...hostPrograms, ...network, ...tools, ...wrappers, ...interpreters }),
);

/** Names with a version or a variant at their end: `python3.11`, `gcc-12`, `mkfs.ext4`, `vim.basic`. */
const variants: readonly (readonly [RegExp, string])[] = [
  [/^(python|pypy|ipython)[\d.]*$/, "python"],
  [/^mkfs\.\w+$/, "mkfs"],
  [/^fsck\.\w+$/, "fsck"],
  [/^vim?\.\w+$/, "vim"],
  [/^ld-.*\.so(\.\d+)*$/, "ld.so"],
  [/^(perl|ruby|node|php|lua|tclsh|pip|gcc|g\+\+|clang|java|go|guile|npm|pg_dump|psql)-?[\d.]+$/, "$1"],
  [/^(x86_64|aarch64|i686)-linux-gnu-(\w+)$/, "$2"],
  [/^(iptables|ip6tables)-(legacy|nft)(-restore)?$/, "$1"],
  [/^(mount|umount)\.\w+$/, "$1"],
  [/^(awk|nc|sh|bash|busybox)\.\w+$/, "$1"],
];

/** What is known of a program, by the last segment of its path. */
export function programNamed(name: string): Program | undefined {
  const own = table.get(name);
  if (own !== undefined) return own;
  const variant = variants.find(([pattern]) => pattern.test(name));
  return variant === undefined ? undefined : table.get(name.replace(variant[0], variant[1]));
}
