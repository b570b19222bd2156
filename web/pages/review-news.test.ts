import { expect, test } from "vitest";
import { ReviewForViewer } from "../../shared/nouns/review.ts";
import { reviewNews } from "./review-news.ts";

const [mara, tomas] = ["issuer|mara", "issuer|tomas"];
const review = (over: Record<string, unknown> = {}) =>
  ReviewForViewer.parse({
    id: `rev_${"0".repeat(26)}`,
    command: `cmd_${"0".repeat(26)}`,
    session: `ses_${"0".repeat(26)}`,
    target: "shop",
    tags: {},
    state: "pending",
    requestedBy: { actor: mara, name: "Mara", kind: "human", groups: [], person: "mara" },
    reason: "SUP-1",
    original: "UPDATE t SET secret = 'x'",
    sql: "UPDATE t SET secret = 'x'",
    visible: "",
    parameters: [],
    sha256: "0".repeat(64),
    decision: {
      effect: "review",
      policies: [],
      reasons: [],
      obligations: {
        reviewers: [{ group: "shop-reviewers", quorum: 1, policy: "p" }],
        reviewExpiresSeconds: 900,
        maxRows: 10,
        timeoutMs: 1000,
        maxAffectedRows: null,
        unmask: [],
        masks: [],
      },
      policyVersion: 1,
    },
    impact: null,
    votes: [],
    openedAt: "2026-01-01T00:00:00Z",
    expiresAt: "2026-01-01T00:15:00Z",
    mayVote: true,
    ...over,
  });
const vote = { actor: tomas, person: "tomas", name: "Tomas", comment: "", at: "2026-01-01T00:01:00Z" };

test("whoever may decide is told that something waits, by its title alone", () => {
  const news = reviewNews("review.opened", review(), tomas);
  expect(news).toMatchObject({ title: "Mara asks for your decision", to: { review: review().id } });
  expect(JSON.stringify(news)).not.toContain("secret");
  expect(reviewNews("review.opened", review({ mayVote: false }), mara)).toBeUndefined();
});

test("whoever asked is told how others decided it, and nobody else", () => {
  const rejected = review({ state: "rejected", votes: [{ ...vote, verdict: "reject" }] });
  expect(reviewNews("review.closed", rejected, mara)).toMatchObject({
    verdict: "rejected",
    title: "Tomas rejected it",
    to: { session: review().session },
  });
  expect(reviewNews("review.closed", rejected, tomas)).toBeUndefined();
  expect(reviewNews("review.closed", review({ state: "withdrawn" }), mara)).toBeUndefined();
});
