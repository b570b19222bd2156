import "./class-discovery.css";
import { Button } from "@mantine/core";
import { IconListSearch } from "@tabler/icons-react";
import { useMutation, useQuery } from "@tanstack/react-query";
import { useState } from "react";
import type { DataClass } from "../../shared/nouns/catalog.ts";
import type { Drift } from "../../shared/nouns/discovery.ts";
import { discover, readDrift } from "../api/discovery.ts";
import { toUserError } from "../api/errors.ts";
import { useApi } from "../api/portal.tsx";
import { plural } from "../ui/number.ts";
import { Scroller } from "../ui/scroller.tsx";
import { EmptyState, ErrorState, Waiting } from "../ui/states.tsx";
import { decided, forgotten, keyOf, type Decision } from "./class-decisions.ts";
import { ClassDrift } from "./class-drift.tsx";
import { ClassProposals } from "./class-proposals.tsx";
import { useChangeClasses } from "./use-change-classes.ts";

/** What of a target still waits for somebody to decide: columns that are new, and columns that samples speak for. */
export function ClassDiscovery({ target, classes }: { target: string; classes: readonly DataClass[] }) {
  const api = useApi();
  const [done, setDone] = useState<ReadonlySet<string>>(new Set());
  const drift = useQuery({
    queryKey: ["drift", target],
    queryFn: ({ signal }) => readDrift(api, target, signal),
  });
  const look = useMutation({ mutationFn: () => discover(api, target), onSuccess: () => setDone(new Set()) });
  const put = useChangeClasses(target);
  const decide = (decisions: readonly Decision[]) =>
    put.mutate(
      {
        change: (map) => decided(map, decisions),
        title: `${plural(decisions.length, "column")} of ${target} decided`,
      },
      { onSuccess: () => setDone((before) => new Set([...before, ...decisions.map(keyOf)])) },
    );
  const forget = (gone: Drift["gone"]) =>
    put.mutate({ change: (map) => forgotten(map, gone), title: `Classes of ${target} are in force` });
  if (drift.error !== null)
    return <ErrorState error={toUserError(drift.error)} again={() => void drift.refetch()} />;
  if (drift.data === undefined) return <Waiting what={`Reading the catalog of ${target}`} />;
  const failed = put.error ?? look.error;
  const found = look.data && {
    ...look.data,
    proposals: look.data.proposals.filter((each) => !done.has(keyOf(each))),
  };
  const nothing = drift.data.columns.length === 0 && drift.data.gone.length === 0;
  return (
    <>
      <div className="bar sub">
        <Button
          leftSection={<IconListSearch size={14} aria-hidden />}
          loading={look.isPending}
          onClick={() => look.mutate()}
        >
          {found === undefined ? "Look at samples" : "Look again"}
        </Button>
        <span className="f12 t2 nophone">
          Reads up to 500 rows of each table. Values are counted and forgotten; the ledger says who looked.
        </span>
        {failed === null ? null : (
          <span className="f12 fg t-stop el" role="alert">
            <b>{toUserError(failed).message}</b> {toUserError(failed).hint}
          </span>
        )}
      </div>
      <Scroller className="class-scroll wide" label={`Undecided in ${target}`}>
        <ClassDrift
          drift={drift.data}
          classes={classes}
          saving={put.isPending}
          decide={decide}
          forget={forget}
        />
        {look.isPending ? (
          <Waiting what={`Looking at samples of ${target}`} />
        ) : found !== undefined ? (
          <ClassProposals found={found} classes={classes} saving={put.isPending} decide={decide} />
        ) : nothing ? (
          <EmptyState icon={IconListSearch} title="No column is new">
            Look at samples to find columns that hold personal data and have no class.
          </EmptyState>
        ) : null}
      </Scroller>
    </>
  );
}
