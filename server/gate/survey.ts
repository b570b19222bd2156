import type { Actor } from "../../shared/nouns/actor.ts";
import type { PostgresTarget, Target } from "../../shared/nouns/target.ts";
import type { RawCatalog } from "../protocols/postgres/catalog/raw-catalog.ts";
import { readCatalog } from "../protocols/postgres/catalog/read.ts";
import { createHostTest, type HostRooms } from "./host-test.ts";
import { createOwnQuestions, type AskingRooms } from "./own-questions.ts";

/** The gateway's own questions to a target: fixed texts, read-only, each under a permit, after an entry that says so. */
export type Survey = {
  /** Throws `target_unreachable`, `target_refused`, `catalog_unavailable`. */
  catalog(target: PostgresTarget): Promise<RawCatalog>;
  /** Connects and asks for the version. Throws `target_unreachable`, `target_refused`. */
  test(target: Target, actor: Actor): Promise<{ ok: true; serverVersion: string; latencyMs: number }>;
};

const deadlineMs = 30_000;
const entry = { kind: "catalog.read" as const, body: {} };

export function createSurvey(rooms: AskingRooms & HostRooms): Survey {
  const asking = createOwnQuestions(rooms);
  const testHost = createHostTest(rooms);
  return {
    // A target stays disabled until its classes were checked against its catalog.
    catalog: (target) =>
      asking(
        { purpose: "catalog", target: { ...target, disabled: false }, by: null, entry, deadlineMs },
        readCatalog,
      ),

    test(target, actor) {
      if (target.kind === "ssh") return testHost(target, actor);
      const started = performance.now();
      return asking({ purpose: "test", target, by: actor.id, entry, deadlineMs }, async (ask) => {
        const [[serverVersion] = []] = await ask("select pg_catalog.current_setting('server_version')");
        return { ok: true, serverVersion: serverVersion ?? "", latencyMs: performance.now() - started };
      });
    },
  };
}
