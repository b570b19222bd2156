import type { Command, FileCommand, ShellCommand, SqlCommand } from "../../shared/nouns/command.ts";
import type { CommandRecord } from "../journal/command-row.ts";
import { reviewOf } from "./asked.ts";
import type { Rooms } from "./rooms.ts";

/** Rows that a command's answer carries when it is read again; the rest comes by pages. */
const firstPageRows = 1_000;

/** A command out of the journal, with its review and what it gave, as its actor saw it. */
export function createView({ approvals, journal }: Pick<Rooms, "approvals" | "journal">) {
  async function withRows(
    command: SqlCommand,
    { results }: Pick<CommandRecord, "results">,
  ): Promise<SqlCommand> {
    const pages = await Promise.all(
      results.map(async ({ statement, rowsFrom: _, ...summary }) => {
        const page =
          summary.columns.length > 0
            ? await journal.resultPage(command.id, statement, undefined, firstPageRows)
            : undefined;
        return { ...summary, rows: page?.rows ?? [], cursor: page?.cursor };
      }),
    );
    return { ...command, result: pages.at(-1), results: pages.length > 1 ? pages : undefined };
  }

  async function withOutput(command: ShellCommand): Promise<ShellCommand> {
    if (command.result === undefined || command.terminal) return command;
    const { stdout, stderr, truncated } = await journal.shellOutput(command.id);
    return {
      ...command,
      result: { ...command.result, stdout, stderr, truncated: command.result.truncated || truncated },
    };
  }

  async function withEntries(command: FileCommand): Promise<FileCommand> {
    if (command.result === undefined || command.file !== "list") return command;
    return { ...command, result: { ...command.result, entries: await journal.fileEntries(command.id) } };
  }

  function given({ command, ...record }: CommandRecord): Promise<Command> {
    if (command.kind === "sql") return withRows(command, record);
    return command.kind === "shell" ? withOutput(command) : withEntries(command);
  }

  return async function view(record: CommandRecord): Promise<Command> {
    const { command, review: reviewId, refusal } = record;
    const review = reviewId && reviewOf(await approvals.get(reviewId));
    const error =
      command.error ?? (refusal && { code: refusal.code, message: refusal.detail, hint: refusal.hint });
    return { ...(await given(record)), error, review };
  };
}
