import { z, type OpenAPIHono } from "@hono/zod-openapi";
import type { Actor } from "../../../shared/nouns/actor.ts";
import { ReviewId } from "../../../shared/ids.ts";
import { Refusal } from "../../../shared/contract/errors.ts";
import { ReviewForViewer, ReviewState, type Review } from "../../../shared/nouns/review.ts";
import { body, json, refusals, signedIn } from "../route.ts";
import type { Env, Rooms } from "../rooms.ts";

const ReviewBody = ReviewForViewer.meta({ id: "Review" });
const params = z.object({ id: ReviewId });

export function reviewRoutes(app: OpenAPIHono<Env>, { approvals, gate }: Rooms): void {
  const forViewer = (review: Review, actor: Actor): ReviewForViewer => {
    const vote = approvals.mayVote(review, actor);
    return { ...review, mayVote: vote.may, ...(!vote.may && { mayNotVoteBecause: vote.because }) };
  };

  app.openapi(
    signedIn({
      method: "get",
      path: "/api/reviews",
      tags: ["Reviews"],
      summary: "Reviews that you may decide, and your own",
      request: { query: z.object({ state: ReviewState.optional() }) },
      responses: { 200: json(z.object({ reviews: z.array(ReviewBody) }), "Newest first, at most 500") },
    }),
    async (context) => {
      const { actor } = context.var;
      const { state } = context.req.valid("query");
      const reviews = await approvals.list({ state, actor });
      return context.json({ reviews: reviews.map((review) => forViewer(review, actor)) }, 200);
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
      return context.json(forViewer(review, context.var.actor), 200);
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
            comment: z.string().max(2_000).default(""),
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
      return context.json(forViewer(await gate.vote(id, actor, context.req.valid("json")), actor), 200);
    },
  );
}
