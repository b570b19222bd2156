import { z } from "zod";
import { ReviewForViewer } from "../../shared/nouns/review.ts";
import type { Client } from "../targets/client.ts";
import { expect, test } from "../targets/fixtures.ts";

const Page = z.object({ reviews: z.array(ReviewForViewer), cursor: z.string().optional() });

/** All pages of a list of reviews, one review a page. */
async function pages(client: Client, filter: string): Promise<ReviewForViewer[]> {
  const all: ReviewForViewer[] = [];
  let cursor: string | undefined = "";
  while (cursor !== undefined) {
    const after = cursor === "" ? "" : `&cursor=${cursor}`;
    const { status, body } = await client.get(`/api/reviews?${filter}&limit=1${after}`);
    expect(status).toBe(200);
    const page = Page.parse(body);
    expect(page.reviews.length).toBeLessThanOrEqual(1);
    all.push(...page.reviews);
    cursor = page.cursor;
  }
  return all;
}

test("reviews are read page by page, by who asked and what became of them, each whole", async ({ as }) => {
  const [mara, tomas] = await Promise.all([as("demo-engineer"), as("demo-reviewer")]);
  const session = await mara.open("shop", "SUP-4310: pages");
  const long = `/* ${"n".repeat(20_000)} */`;
  const asked: string[] = [];
  for (const id of [241, 242, 243]) {
    const held = await mara.run(session, `UPDATE orders SET note = 'paged' WHERE id = ${id} ${long}`);
    asked.push(held.review?.id ?? "");
  }
  const mine = (reviews: ReviewForViewer[]) =>
    reviews.filter(({ session: of }) => of === session.id).map(({ id }) => id);

  const waiting = await pages(tomas, "state=pending&asked=others");
  expect(mine(waiting)).toEqual(asked);
  for (const { sql } of waiting.filter(({ id }) => asked.includes(id))) expect(sql).toContain(long);
  const [first] = waiting.filter(({ id }) => id === asked[0]);
  expect((await tomas.vote(asked[0] ?? "", "reject", first?.sha256 ?? "")).status).toBe(200);
  expect(mine(await pages(tomas, "state=pending&asked=others"))).toEqual(asked.slice(1));
  expect(mine(await pages(tomas, "state=decided&asked=others"))).toEqual(asked.slice(0, 1));
  expect(mine(await pages(tomas, "asked=me"))).toEqual([]);
  expect(mine(await pages(mara, "asked=me"))).toEqual(asked.toReversed());
  // The auditor is in none of the groups: this is no place in a list of theirs.
  expect(await (await as("demo-auditor")).get(`/api/reviews?cursor=${asked[1]}`)).toMatchObject({
    status: 422,
    body: { code: "invalid" },
  });
  await mara.delete(`/api/sessions/${session.id}`);
});
