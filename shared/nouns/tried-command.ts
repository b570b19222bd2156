import { z } from "zod";
import { CommandInput, filePath } from "./command.ts";

/** What can be tried beside a command as it is sent: what else policies decide on at a host. */
export const TriedCommand = z.union([
  CommandInput,
  /** Typed in a terminal, where `shell.tamper` counts too. */
  z.strictObject({ terminal: z.literal("line"), command: z.string().min(1) }),
  /** A terminal that is recorded only: `shell.raw`. */
  z.strictObject({ terminal: z.literal("raw") }),
  /** An upload of so many bytes, which need not be there. */
  z.strictObject({ file: z.literal("upload"), path: filePath, bytes: z.int().min(0).default(0) }),
]);
export type TriedCommand = z.infer<typeof TriedCommand>;
