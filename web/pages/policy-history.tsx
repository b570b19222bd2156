import { Button } from "@mantine/core";
import { IconHistory } from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { toUserError } from "../api/errors.ts";
import { readPolicyHistory, type Policies } from "../api/policies.ts";
import { useApi } from "../api/portal.tsx";
import { DiffView } from "../ui/diff-view.tsx";
import { EmptyState, ErrorState, Waiting } from "../ui/states.tsx";
import { At } from "../ui/time.tsx";
import { Scroller } from "../ui/scroller.tsx";

/** Earlier versions, who put them in force and why, each against the one that is in force now. */
export function PolicyHistory({
  inForce,
  use,
}: {
  inForce: Policies;
  /** Makes a version the draft; absent where one may not edit. */
  use: ((version: Policies) => void) | undefined;
}) {
  const api = useApi();
  const [open, setOpen] = useState<number>();
  const history = useQuery({
    queryKey: ["policies", "history", inForce.version],
    queryFn: ({ signal }) => readPolicyHistory(api, signal),
  });
  if (history.isPending) return <Waiting what="Reading the history" />;
  if (history.error !== null)
    return <ErrorState error={toUserError(history.error)} again={() => void history.refetch()} />;
  const { versions } = history.data;
  if (versions.length === 0)
    return (
      <EmptyState icon={IconHistory} title="There is no version yet">
        Each text that was put in force stays here, with who did it and why.
      </EmptyState>
    );
  return (
    <Scroller className="policy-diff" label="History">
      <ol className="versions">
        {versions.map((version) => {
          const now = version.version === inForce.version;
          const shown = version.version === open;
          return (
            <li key={version.version}>
              <div className="row g8 f12">
                <b className="nw">Version {version.version}</b>
                <span className="t2 nw">
                  <At time={version.at} />
                </span>
                <span className="t2 nw">{version.by.replace(/^.*\|/u, "")}</span>
                <span className="el sp">{version.comment}</span>
                {now ? (
                  <span className="chip t-go">in force</span>
                ) : (
                  <>
                    <Button
                      aria-expanded={shown}
                      onClick={() => setOpen(shown ? undefined : version.version)}
                    >
                      {shown ? "Hide" : `Diff to ${inForce.version}`}
                    </Button>
                    {use === undefined ? null : <Button onClick={() => use(version)}>Use as draft</Button>}
                  </>
                )}
              </div>
              {shown ? (
                version.text === inForce.text ? (
                  <p className="f12 t2 gap">The same text as version {inForce.version}.</p>
                ) : (
                  <DiffView before={version.text} after={inForce.text} changesOnly />
                )
              ) : null}
            </li>
          );
        })}
      </ol>
    </Scroller>
  );
}
