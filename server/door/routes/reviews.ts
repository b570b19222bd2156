import { z, type OpenAPIHono } from "@hono/zod-openapi";
import type { Actor } from "../../../shared/nouns/actor.ts";
import { ReviewId } from "../../../shared/ids.ts";
import { Refusal } from "../../../shared/contract/errors.ts";
import { ReviewForViewer, ReviewState, type Review } from "../../../shared/nouns/review.ts";
import { maxReviewPage } from "../../approval/listing.ts";
import { body, json, refusals, signedIn } from "../route.ts";
import type { CommandRecord } from "../../journal/command-row.ts";
import type { Env, Rooms } from "../rooms.ts";
import { words } from "../words.ts";

const ReviewBody = ReviewForViewer.meta({ id: "Review" });
const params = z.object({ id: ReviewId });

export function reviewRoutes(app: OpenAPIHono<Env>, { approvals, gate, journal }: Rooms): void {
  /** With whether they may vote, and with what came of what was approved. */
  const forViewer = async (reviews: Review[], actor: Actor): Promise<ReviewForViewer[]> => {
    const decided = reviews.filter(({ state }) => state === "approved").map(({ command }) => command);
    const commands =
      decided.length > 0 ? await journal.commands.among(decided) : new Map<never, CommandRecord>();
    return reviews.map((review) => {
      const vote = approvals.mayVote(review, actor);
      const outcome = outcomeOf(commands.get(review.command));
      return {
        ...review,
        mayVote: vote.may,
        ...(!vote.may && { mayNotVoteBecause: vote.because }),
        ...(outcome && { outcome }),
      };
    });
  };
  const one = async (review: Review, actor: Actor) => {
    const [shown] = await forViewer([review], actor);
    return shown ?? { ...review, mayVote: false };
  };

  app.openapi(
    signedIn({
      method: "get",
      path: "/api/reviews",
      tags: ["Reviews"],
      summary: "Reviews that you may decide, and your own, a page at a time",
      description:
        "Pending ones in the order in which they expire, all others newest first. Every review is whole: a page of large ones is short, so read on as long as there is a `cursor`.",
      request: {
        query: z.object({
          state: z.enum([...ReviewState.options, "decided"]).optional(),
          asked: z.enum(["me", "others"]).optional(),
          cursor: ReviewId.optional(),
          limit: z.coerce.number().int().min(1).max(maxReviewPage).default(50),
        }),
      },
      responses: {
        200: json(z.object({ reviews: z.array(ReviewBody), cursor: ReviewId.optional() }), "A page"),
        ...refusals("invalid"),
      },
    }),
    async (context) => {
      const { actor } = context.var;
      const { reviews, cursor } = await approvals.list({ ...context.req.valid("query"), actor });
      return context.json({ reviews: await forViewer(reviews, actor), ...(cursor && { cursor }) }, 200);
    },
  );

  app.openapi(
    signedIn({
      method: "get",
      path: "/api/reviews/{id}",
      tags: ["Reviews"],
      summary: "The held command: exact bytes, facts, impact, votes",
      request: { params },
      responses: { 200: json(ReviewBody, "The review"), ...refusals("not_found") },
    }),
    async (context) => {
      const review = await approvals.get(context.req.valid("param").id);
      if (!approvals.maySee(review, context.var.actor))
        throw new Refusal("not_found", "There is no such review.");
      return context.json(await one(review, context.var.actor), 200);
    },
  );

  app.openapi(
    signedIn({
      method: "post",
      path: "/api/reviews/{id}/votes",
      tags: ["Reviews"],
      summary: "Approve or reject exactly the bytes with this hash",
      request: {
        params,
        body: body(
          z.strictObject({
            verdict: z.enum(["approve", "reject"]),
            sha256: z.string().regex(/^[0-9a-f]{64}$/),
            comment: words(2_000).default(""),
          }),
        ),
      },
      responses: {
        200: json(ReviewBody, "The review after the vote"),
        ...refusals(
          "not_found",
          "self_approval",
          "not_a_reviewer",
          "hash_mismatch",
          "already_decided",
          "already_voted",
          "expired",
          "withdrawn",
        ),
      },
    }),
    async (context) => {
      const { actor } = context.var;
      const { id } = context.req.valid("param");
      return context.json(await one(await gate.vote(id, actor, context.req.valid("json")), actor), 200);
    },
  );
}

/** In counts and codes: nothing of what the target said. */
function outcomeOf(record: CommandRecord | undefined): ReviewForViewer["outcome"] {
  if (record === undefined) return undefined;
  const { command, refusal } = record;
  const { state, error } = command;
  const rows = command.kind === "sql" ? command.result?.rowCount : undefined;
  const code = error?.code ?? refusal?.code;
  return {
    state,
    ...(state === "completed" && rows !== undefined && { rowCount: rows }),
    ...(code !== undefined && { code }),
  };
}
