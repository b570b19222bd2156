import { readdirSync, readFileSync } from "node:fs";
import { createServer } from "node:net";
import { once } from "node:events";
import { join } from "node:path";
import { expect, test } from "@playwright/test";
import { signedIn } from "../targets/client.ts";
import { dataFolder, freePort, startGateway, startRefused } from "../targets/gateway.ts";

test.describe("production", () => {
  test("refuses to start, naming everything that is missing at once", async () => {
    const { code, log } = await startRefused({});
    expect(code).toBe(1);
    for (const name of [
      "SLUICE_PUBLIC_URL",
      "SLUICE_STORE_URL",
      "SLUICE_SEALING_KEY",
      "SLUICE_ISSUER",
      "SLUICE_AUDIENCE",
      "SLUICE_CLIENT_ID",
      "SLUICE_SCOPE",
    ])
      expect(log).toContain(`${name} is missing`);
    expect(log).not.toMatch(/\n\s+at .*\(/);
  });

  test("is not turned into a demo by accident, nor the demo put before others", async () => {
    expect(await startRefused({ SLUICE_MODE: "Demo" })).toMatchObject({
      code: 1,
      log: expect.stringContaining("SLUICE_MODE"),
    });
    expect(await startRefused({ SLUICE_MODE: "demo", SLUICE_HOST: "0.0.0.0" })).toMatchObject({
      code: 1,
      log: expect.stringContaining("SLUICE_HOST"),
    });
    expect(await startRefused({ SLUICE_MODE: "demo", SLUICE_ISSUER: "https://login.example" })).toMatchObject(
      { code: 1, log: expect.stringContaining("SLUICE_ISSUER") },
    );
  });

  test("shows no secret while it says what is wrong", async () => {
    const { code, log } = await startRefused({
      SLUICE_STORE_URL: "mysql://root:hunter2-store@127.0.0.1/x",
      SLUICE_SEALING_KEY: "aHVudGVyMi1zZWFsaW5n",
    });
    expect(code).toBe(1);
    expect(log).not.toMatch(/hunter2|aHVudGVyMi/);
  });
});

test.describe("one data folder", () => {
  test("serves one gateway, which a taken port, a second one and a crash leave unharmed", async () => {
    const folder = dataFolder();
    const port = await freePort();
    let gateway = await startGateway({ dataDir: folder.path, port });
    try {
      await test.step("a taken port is said clearly", async () => {
        const taken = createServer().listen(0, "127.0.0.1");
        await once(taken, "listening");
        const address = taken.address();
        const other = dataFolder();
        const { code, log } = await startRefused({
          SLUICE_MODE: "demo",
          SLUICE_DATA: other.path,
          PORT: String(typeof address === "object" ? address?.port : 0),
        });
        expect(code).toBe(1);
        expect(log).toMatch(/port is taken/i);
        taken.close();
        other.remove();
      });

      await test.step("a second gateway on the same folder is refused", async () => {
        const { code, log } = await startRefused({
          SLUICE_MODE: "demo",
          SLUICE_DATA: folder.path,
          PORT: String(await freePort()),
        });
        expect(code).toBe(1);
        expect(log).toMatch(/another|already|in use/i);
        expect((await fetch(`${gateway.url}/readyz`)).status).toBe(200);
      });

      await test.step("the folder is closed to others", async () => {
        const { statSync } = await import("node:fs");
        for (const name of ["secrets", "recordings", "secrets/sealing-key", "secrets/postgres"])
          expect(statSync(join(folder.path, name)).mode & 0o077, name).toBe(0);
      });

      await test.step("a crash loses nothing that was held, and says so of what ran", async () => {
        const [mara, tomas] = await Promise.all([
          signedIn(gateway.url, "demo-engineer"),
          signedIn(gateway.url, "demo-reviewer"),
        ]);
        const [session, other] = [
          await mara.open("shop", "before the crash"),
          await mara.open("shop", "running"),
        ];
        const held = await mara.run(session, "UPDATE orders SET note = 'survived' WHERE id = 51");
        const { sha256 } = await tomas.review(held.review?.id ?? "");
        // A write that waits for ever, and a read that works for ever.
        const endless =
          "SELECT count(*) FROM order_items a, order_items b, order_items c WHERE a.quantity + b.quantity + c.quantity < 0";
        const running = await mara.run(other, endless, { waitSeconds: 1 });
        expect(running.state).toBe("running");
        const done = await mara.run(session, "SELECT 1");

        await gateway.kill();
        gateway = await startGateway({ dataDir: folder.path, port });
        const again = await signedIn(gateway.url, "demo-engineer");
        // Tokens outlive the restart: the issuer's key does.
        expect((await mara.get("/api/me")).status).toBe(200);
        expect((await again.command(done.id)).state).toBe("completed");
        expect(await again.until(running.id, ["running"])).toMatchObject({ state: "unknown" });
        expect((await again.command(held.id)).state).toBe("held");
        const elif = await signedIn(gateway.url, "demo-auditor");
        const file = await elif.get(`/api/recordings/${session.id}/file`);
        expect(file.status).toBe(200);

        expect((await tomas.vote(held.review?.id ?? "", "approve", sha256)).status).toBe(200);
        const ran = await again.until(held.id, ["held", "running"]);
        expect(ran, JSON.stringify(ran.error)).toMatchObject({
          state: "completed",
          result: { rowCount: 1 },
        });
        const check = await again.run(session, "SELECT count(*) FROM order_audit WHERE order_id = 51");
        expect(check.result?.rows).toEqual([["1"]]);
        expect((await again.get("/api/sessions")).status).toBe(200);
      });

      await test.step("a stop leaves no process behind, as one that is killed for being slow would", async () => {
        await gateway.stop();
        expect(clusterProcesses(folder.path)).toEqual([]);
      });
    } finally {
      await gateway.kill();
      folder.remove();
    }
  });
});

/** Processes whose command line names the folder. */
function clusterProcesses(folder: string): string[] {
  return readdirSync("/proc")
    .filter((name) => /^\d+$/.test(name) && Number(name) !== process.pid)
    .flatMap((pid) => {
      try {
        const line = readFileSync(`/proc/${pid}/cmdline`, "utf8").replaceAll("\0", " ");
        return line.includes(folder) ? [line] : [];
      } catch {
        return [];
      }
    });
}
