import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { Client } from "pg";
import { afterAll, describe, expect, it } from "vitest";
import { parse } from "yaml";
import { z } from "zod";
import { ClassMap, ClassPattern, DataClass } from "../../shared/nouns/catalog.ts";
import { loadConfig } from "../config/load.ts";
import { startDemo } from "./demo.ts";

const dataDir = mkdtempSync(join(tmpdir(), "sluice-demo-"));
afterAll(() => rmSync(dataDir, { recursive: true }));

const demoConfig = () =>
  loadConfig({ SLUICE_MODE: "demo", SLUICE_DATA: dataDir, PORT: "18089" }, dataDir).config;

const Declared = z.object({
  classes: z.array(DataClass),
  patterns: z.array(ClassPattern),
  targets: z.array(
    z.object({ name: z.string(), host: z.string(), port: z.coerce.number(), classes: ClassMap.optional() }),
  ),
  policies: z.object({ file: z.string() }),
});

describe("the demo", () => {
  it("starts with everything that production is given, and the same again", async () => {
    const said: string[] = [];
    const options = { config: demoConfig(), now: Date.now, log: (line: string) => void said.push(line) };
    const first = await startDemo(options);
    await first.stop();
    const seeding = said.length;
    const demo = await startDemo(options);
    try {
      expect(said).toHaveLength(seeding);
      expect(demo.sealingKeys).toEqual(first.sealingKeys);
      expect(demo.issuer.config.issuer).toBe("http://localhost:18089/oidc");
      const store = new Client({ connectionString: demo.storeUrl });
      await store.connect();
      await store.end();

      const { file, variables } = demo.declaration;
      const text = readFileSync(file, "utf8").replaceAll(
        /\$\{(\w+)\}/g,
        (_, name: string) => variables[name] ?? "",
      );
      const declared = Declared.parse(parse(text));
      const [shop] = declared.targets;
      expect(readFileSync(join(dirname(file), declared.policies.file), "utf8")).toContain("permit");
      const target = new Client({
        host: shop?.host,
        port: shop?.port,
        database: "shop",
        user: "shop_app",
        password: variables["SHOP_PASSWORD"],
      });
      await target.connect();
      const { rows } = await target.query<{ at: string }>(
        "select table_schema || '.' || table_name || '.' || column_name as at from information_schema.columns",
      );
      await target.end();
      const there = new Set(rows.map(({ at }) => at));
      const names = new Set(declared.classes.map(({ name }) => name));
      for (const [relation, columns] of Object.entries(shop?.classes ?? {}))
        for (const [column, name] of Object.entries(columns)) {
          expect(there).toContain(`${relation}.${column}`);
          expect(names).toContain(name);
        }
    } finally {
      await demo.stop();
    }
  }, 120_000);

  it("does not start outside demo mode", async () => {
    const config = { ...demoConfig(), mode: "production" as const };
    await expect(startDemo({ config, now: Date.now, log: () => {} })).rejects.toThrow("demo mode alone");
  });
});
