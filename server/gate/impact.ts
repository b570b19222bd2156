import { createHash } from "node:crypto";
import type { Impact } from "../../shared/nouns/review.ts";
import type { Permit } from "../approval/permit.ts";
import { createSecondLine } from "../masking/second-line.ts";
import type { Backend } from "../protocols/postgres/connect/backend.ts";
import { measure, unmeasured } from "../protocols/postgres/connect/impact.ts";
import type { LiveSession } from "../session/sessions.ts";
import type { Asked } from "./asked.ts";
import type { Rooms } from "./rooms.ts";
import type { SqlUnderstanding } from "./understand.ts";

const sha256 = (text: string) => createHash("sha256").update(text, "utf8").digest("hex");

/**
 * What a held command would touch, for its reviewers: read-only questions to the target, under permits of their own,
 * after an entry that says so. Where nothing can be learnt the notes say why; the review is opened all the same.
 */
export async function measureImpact(
  { approvals, journal, parser, onError }: Rooms,
  live: LiveSession,
  { id, actor, session, understanding }: Asked<SqlUnderstanding>,
  connection: (permit: Permit) => Promise<Backend>,
): Promise<Impact> {
  const { input, target, catalog, meaning, hidden, rewritten } = understanding;
  // Counting would answer the look-up, before anybody agreed to it.
  if (meaning.facts.lookups.length > 0)
    return unmeasured("Not measured: it looks a hidden value up, and a count would answer that.");
  const within = { actor, session: session.id, command: id };
  const permitFor = (sql: string) => approvals.maintenance("impact", target, sha256(sql), within);
  const text = rewritten?.sql ?? input.sql;
  /** The sample is the target's own data: it leaves as every row does. */
  const secondLine = (sample: NonNullable<Impact["sample"]>) => {
    const fields = sample.columns.map(({ name }) => ({ name, typeOid: 0, tableOid: 0, columnNumber: 0 }));
    const line = createSecondLine({ fields, catalog, hidden, text: input.sql, parameters: input.parameters });
    return { ...sample, rows: line.rows(sample.rows.map((row) => [...row])) };
  };
  try {
    await journal.note({
      kind: "impact.intent",
      actor: actor.id,
      session: session.id,
      command: id,
      body: { target: target.name, sha256: sha256(text) },
    });
    const backend = await connection(permitFor(text));
    const parsed = await parser.parse(text);
    const impact = await measure({
      backend,
      permitFor,
      parsed,
      statements: meaning.statements,
      catalog,
      parameters: input.parameters,
      signal: live.signal,
    });
    return { ...impact, sample: impact.sample && secondLine(impact.sample) };
  } catch (error) {
    onError(error);
    return unmeasured("What it would touch could not be found out: the target gave no answer.");
  }
}
