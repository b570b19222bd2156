import "./audit.css";
import "./lists.css";
import { Drawer } from "@mantine/core";
import { useMediaQuery } from "@mantine/hooks";
import { IconHistory } from "@tabler/icons-react";
import { useNavigate, useSearch } from "@tanstack/react-router";
import { useMemo, useState } from "react";
import { can } from "../../shared/can/can.ts";
import { useApi, useMe } from "../api/portal.tsx";
import { Page } from "../frame/page.tsx";
import { driverFor } from "../player/drivers.ts";
import { usePlayer } from "../player/use-player.ts";
import { EmptyState } from "../ui/states.tsx";
import { plural } from "../ui/number.ts";
import { AuditResults, useFoundRecordings } from "./audit-results.tsx";
import type { AuditSearch } from "./audit-search.ts";
import { AuditSession } from "./audit-session.tsx";
import { EvidenceExport } from "./evidence-export.tsx";
import { EvidencePanel } from "./evidence-panel.tsx";
import { SearchBox } from "./search-box.tsx";
import { useCheck } from "./use-check.ts";
import { useCovering } from "./use-covering.ts";

/** Who did what, when and why: search, watch, replay, prove. */
export function Audit() {
  const me = useMe();
  const navigate = useNavigate();
  const { session, ...search } = useSearch({ from: "/portal/audit" });
  const found = useFoundRecordings(search);
  const recordings = found.data?.pages.flatMap((page) => page.recordings) ?? [];
  const beside = useMediaQuery("(min-width: 900px)", true, { getInitialValueInEffect: false }) ?? true;
  const chosen = session ?? (beside ? recordings[0]?.session : undefined);
  const go = (next: AuditSearch & { session?: string | undefined }) =>
    void navigate({ to: "/audit", search: next, replace: true });
  const covering = useCovering(beside, session !== undefined);
  const live = recordings.filter(({ endedAt }) => endedAt === undefined).length;
  return (
    <Page
      title="Audit"
      top={
        <>
          <h1>Audit</h1>
          {can(me, "evidence.export") ? <EvidenceExport /> : null}
          {can(me, "recordings.read") ? null : <span className="t2 f12 nophone">your own sessions</span>}
        </>
      }
      status={
        <span>
          {live === 0 ? "No session is live" : `${plural(live, "session")} live now: watch from the list`}
        </span>
      }
    >
      <div className={session === undefined ? "audit" : "audit chosen"}>
        <SearchBox search={search} change={(next) => go({ ...next, session })} />
        <div className="below">
          <AuditResults
            found={found}
            search={search}
            chosen={chosen}
            choose={(to) =>
              void navigate({
                to: "/audit",
                search: { ...search, session: to },
                replace: covering.replaces(),
              })
            }
            clear={() => go({})}
          />
          {chosen === undefined ? (
            <Nothing />
          ) : (
            <Watched
              key={chosen}
              session={chosen}
              live={recordings.some((one) => one.session === chosen && one.endedAt === undefined)}
              back={() => covering.uncover(() => go(search))}
            />
          )}
        </div>
      </div>
    </Page>
  );
}

function Watched({ session, live, back }: { session: string; live: boolean; back: () => void }) {
  const api = useApi();
  const wide = useMediaQuery("(min-width: 1200px)", true, { getInitialValueInEffect: false }) ?? true;
  const [attempt, setAttempt] = useState(0);
  const [drawer, setDrawer] = useState(false);
  // Whether it runs is asked once: a session that ends while it is watched goes on being told by the same driver.
  const [startedLive] = useState(live);
  // eslint-disable-next-line react/exhaustive-deps -- a new attempt is a new driver
  const driver = useMemo(() => driverFor(api, session, startedLive), [api, session, startedLive, attempt]);
  const player = usePlayer(driver);
  const check = useCheck();
  const evidence = <EvidencePanel session={session} moment={player.moment} check={check} />;
  return (
    <>
      <AuditSession
        session={session}
        player={player}
        checked={check.data}
        again={() => setAttempt(attempt + 1)}
        back={back}
        showEvidence={wide ? undefined : () => setDrawer(true)}
      />
      {wide ? (
        <aside className="proof" aria-label="Evidence" data-region tabIndex={-1}>
          {evidence}
        </aside>
      ) : (
        <Drawer opened={drawer} onClose={() => setDrawer(false)} title="Evidence" position="right" size={340}>
          {evidence}
        </Drawer>
      )}
    </>
  );
}

function Nothing() {
  const check = useCheck();
  return (
    <>
      <section className="session col">
        <EmptyState icon={IconHistory} title="Choose a session">
          Its commands, holds, votes and rows appear on a timeline; play it as its actor saw it.
        </EmptyState>
      </section>
      <aside className="proof" aria-label="Evidence">
        <EvidencePanel session={undefined} moment={undefined} check={check} />
      </aside>
    </>
  );
}
