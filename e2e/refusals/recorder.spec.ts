import { renameSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "@playwright/test";
import { signedIn } from "../targets/client.ts";
import { demoFolder, startGateway } from "../targets/gateway.ts";

test("while nothing can be recorded nothing runs, and what was recorded stays", async () => {
  const folder = demoFolder();
  const gateway = await startGateway({ dataDir: folder.path });
  try {
    const [mara, tomas, elif] = await Promise.all([
      signedIn(gateway.url, "demo-engineer"),
      signedIn(gateway.url, "demo-reviewer"),
      signedIn(gateway.url, "demo-auditor"),
    ]);
    const [before, waiting] = [await mara.open("shop", "before"), await mara.open("shop", "held")];
    await mara.run(before, "SELECT 'kept'");
    const held = await mara.run(waiting, "UPDATE orders SET note = 'unrecorded' WHERE id = 61");
    const { sha256 } = await tomas.review(held.review?.id ?? "");

    // The folder of recordings is gone, and a file stands in its place: no new recording can be opened.
    const recordings = join(folder.path, "recordings");
    renameSync(recordings, `${recordings}.away`);
    writeFileSync(recordings, "");
    const refused = await mara.post("/api/sessions", { target: "shop", reason: "unrecorded" });
    expect(refused).toMatchObject({ status: 503, body: { code: "journal_unavailable" } });
    expect(
      Object((await mara.get("/api/sessions")).body).sessions.filter(
        (one: { state: string }) => one.state === "open",
      ),
    ).toHaveLength(2);

    rmSync(recordings);
    renameSync(`${recordings}.away`, recordings);
    const after = await mara.open("shop", "again");
    expect(
      (await mara.run(after, "SELECT count(*) FROM order_audit WHERE order_id = 61")).result?.rows,
    ).toEqual([["0"]]);
    expect((await elif.get(`/api/recordings/${before.id}`)).text).toContain("kept");
    await tomas.vote(held.review?.id ?? "", "approve", sha256);
    expect(await mara.until(held.id, ["held", "running"])).toMatchObject({ state: "completed" });
  } finally {
    await gateway.stop();
    folder.remove();
  }
});
