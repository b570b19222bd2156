import { textOf } from "./command-row.ts";
import { someActor, someCommand, someSession, startJournal } from "./testing.ts";

/**
 * A gateway process for tests that kill one: begins a command, writes half of its recording, and then appends entries
 * for ever, printing a line for each that was acknowledged.
 */
const [url = "", folder = ""] = process.argv.slice(2);
const { journal } = await startJournal(url, folder);
const session = someSession();
const recorder = await journal.open(session, someActor);
const command = someCommand(session.id, "update accounts set balance = 0 where id = 7");
await journal.intend(command);
recorder.write({
  type: "command",
  at: 1,
  command: command.id,
  sql: textOf(command.request),
  parameters: [],
  sha256: "",
});
await recorder.flush();
process.stdout.write(`${JSON.stringify({ session: session.id, command: command.id })}\n`);
for (let number = 1; ; number++) {
  const { seq } = await journal.note({
    kind: "catalog.read",
    actor: null,
    session: null,
    command: null,
    body: { number },
  });
  process.stdout.write(`${seq}\n`);
}
