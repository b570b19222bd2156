import { z } from "zod";
import { Refusal } from "../../shared/contract/errors.ts";
import { CommandId, ReviewId, SessionId } from "../../shared/ids.ts";
import { engineer, openGateway, reviewer } from "./testing.ts";

/**
 * A gateway process for tests that kill one: it does what its parent asks over the channel between them, as the door
 * would, and says what came of it.
 */
const Request = z.object({
  number: z.int(),
  ask: z.discriminatedUnion("do", [
    z.object({ do: z.literal("open"), target: z.string() }),
    z.object({ do: z.literal("submit"), session: SessionId, key: z.string(), sql: z.string() }),
    z.object({ do: z.literal("vote"), review: ReviewId }),
    z.object({ do: z.literal("follow"), command: CommandId, since: z.string() }),
  ]),
});
export type Ask = z.input<typeof Request>["ask"];

/** Far away: what it asks its store for is what it is asked to do, and no work in the background. */
const never = { workEveryMs: 2 ** 31 - 1 };

const [storeUrl = "", folder = ""] = process.argv.slice(2);
const { gate, approvals } = await openGateway(storeUrl, folder, never);

async function answer(ask: z.infer<typeof Request>["ask"]): Promise<unknown> {
  switch (ask.do) {
    case "open":
      return gate.open(engineer, ask.target, "");
    case "submit": {
      const { session, key, sql } = ask;
      const input = { sql, parameters: [], maxRows: 10 };
      for (;;)
        try {
          return await (
            await gate.submit({ actor: engineer, session, key, input })
          ).settled;
        } catch (error) {
          // On a busy machine the parser may take longer than it may; nothing ran.
          if (!(error instanceof Refusal && error.code === "parser_unavailable")) throw error;
        }
    }
    case "vote": {
      const { sha256 } = await approvals.get(ask.review);
      return gate.vote(ask.review, reviewer, { verdict: "approve", sha256 });
    }
    case "follow": {
      let command = await gate.command(ask.command, engineer);
      while (command.state === ask.since || command.state === "running")
        command = await gate.command(ask.command, engineer, 10_000);
      return command;
    }
  }
}

process.on("message", (message) => {
  const { number, ask } = Request.parse(message);
  void answer(ask).then(
    (value) => process.send?.({ number, value }),
    (error: unknown) => process.send?.({ number, error: String(error) }),
  );
});
process.on("disconnect", () => process.exit());
process.send?.({ number: 0, value: "ready" });
