import "./lists.css";
import "./ledger.css";
import { Button, SegmentedControl } from "@mantine/core";
import {
  IconAlertTriangle,
  IconChevronLeft,
  IconChevronRight,
  IconDownload,
  IconKey,
  IconLink,
  IconRefresh,
  IconShieldCheck,
} from "@tabler/icons-react";
import { keepPreviousData, useMutation, useQuery } from "@tanstack/react-query";
import { useNavigate, useSearch } from "@tanstack/react-router";
import { useMemo } from "react";
import { toUserError } from "../api/errors.ts";
import { openLedgerFile, readLedger } from "../api/ledger.ts";
import { useApi } from "../api/portal.tsx";
import { Page } from "../frame/page.tsx";
import { DropFile } from "../ui/drop-file.tsx";
import { shortHash } from "../ui/hash-text.tsx";
import { count } from "../ui/number.ts";
import { Facts, Section } from "../ui/section.tsx";
import { EmptyState, ErrorLine, ErrorState, Waiting } from "../ui/states.tsx";
import { At } from "../ui/time.tsx";
import { CheckReport } from "./check-report.tsx";
import { EvidenceState } from "./evidence-state.tsx";
import { save } from "./evidence.ts";
import { checkChain } from "./ledger-chain.ts";
import { LedgerTable } from "./ledger-table.tsx";
import { groupOf, kindGroupNames, kindGroups, type KindGroup } from "./ledger-words.ts";
import { useCheck, useLedgerKeys } from "./use-check.ts";

const pageEntries = 100;

/** The hash chain of everything that happened: entries newest first, and whether they hold. */
export function Ledger() {
  const api = useApi();
  const navigate = useNavigate();
  const { before, kind } = useSearch({ from: "/portal/ledger" });
  const page = useQuery({
    queryKey: ["ledger", "page", before],
    queryFn: async ({ signal }) => {
      const head = before ?? (await readLedger(api, 0, 1, signal)).head.seq + 1;
      return readLedger(
        api,
        Math.max(0, head - 1 - pageEntries),
        Math.min(pageEntries, head - 1) || 1,
        signal,
      );
    },
    placeholderData: keepPreviousData,
  });
  const entries = useMemo(() => page.data?.entries ?? [], [page.data]);
  const chain = useQuery({
    queryKey: ["ledger", "chain", entries[0]?.hash, entries.at(-1)?.hash],
    queryFn: async () => (await checkChain(entries)) ?? null,
    enabled: entries.length > 0,
    staleTime: Infinity,
  });
  const shown = entries.filter((entry) => kind === undefined || groupOf(entry.kind) === kind).toReversed();
  const head = page.data?.head;
  const first = entries[0]?.seq ?? 1;
  const last = entries.at(-1)?.seq ?? 0;
  const go = (to: number | undefined, group: KindGroup | undefined = kind) =>
    void navigate({
      to: "/ledger",
      search: { ...(to !== undefined && { before: to }), ...(group && { kind: group }) },
      replace: true,
    });
  return (
    <Page
      title="Ledger"
      top={
        <>
          <h1>Ledger</h1>
          {head === undefined ? null : (
            <span className="t2 f12 nophone">{count(head.seq)} entries, each bound to the one before</span>
          )}
        </>
      }
      panel={{ label: "Proof", width: "300px", content: <Proof /> }}
      status={
        head === undefined ? undefined : (
          <span className="mono">
            head {count(head.seq)} · {shortHash(head.hash)}
          </span>
        )
      }
    >
      <div className="ledger">
        <div className="bar">
          <SegmentedControl
            aria-label="Kind of entries"
            value={kind ?? "all"}
            onChange={(value) =>
              navigateKind(
                value,
                (group) =>
                  void navigate({
                    to: "/ledger",
                    search: { ...(before !== undefined && { before }), ...(group && { kind: group }) },
                    replace: true,
                  }),
              )
            }
            data={[
              { value: "all", label: "All" },
              ...kindGroupNames.map((name) => ({ value: name, label: kindGroups[name].word })),
            ]}
          />
          <span className="sp" />
          <ChainMark chain={chain.data ?? undefined} />
        </div>
        {page.isPending ? (
          <Waiting what="Reading the ledger" />
        ) : page.error !== null && page.data === undefined ? (
          <ErrorState error={toUserError(page.error)} again={() => void page.refetch()} />
        ) : shown.length === 0 ? (
          <EmptyState
            icon={IconLink}
            title={entries.length === 0 ? "The ledger is empty" : "No entry of this kind on this page"}
          >
            Every session, command, vote and change becomes an entry here before it takes effect.
          </EmptyState>
        ) : (
          <LedgerTable
            entries={shown}
            checkpoints={page.data?.checkpoints ?? []}
            broken={chain.data?.state === "broken" ? chain.data : undefined}
          />
        )}
        <div className="bar sub low foot f12">
          <span className="t2">
            {entries.length === 0
              ? ""
              : `Entries ${count(first)} to ${count(last)}${head ? ` of ${count(head.seq)}` : ""}`}
          </span>
          <span className="sp" />
          <Button
            disabled={head === undefined || last >= head.seq}
            leftSection={<IconChevronLeft size={14} aria-hidden />}
            onClick={() =>
              go(head !== undefined && last + 1 + pageEntries > head.seq ? undefined : last + 1 + pageEntries)
            }
          >
            Newer
          </Button>
          <Button
            disabled={first <= 1}
            rightSection={<IconChevronRight size={14} aria-hidden />}
            onClick={() => go(first)}
          >
            Older
          </Button>
        </div>
      </div>
    </Page>
  );
}

function navigateKind(value: string, go: (group: KindGroup | undefined) => void): void {
  go(kindGroupNames.find((name) => name === value));
}

function ChainMark({ chain }: { chain: Awaited<ReturnType<typeof checkChain>> }) {
  if (chain === undefined) return <span className="f12 t3 nophone">Checking the chain</span>;
  if (chain.state === "broken")
    return (
      <span className="chip t-stop" role="alert">
        <IconAlertTriangle size={14} aria-hidden />
        Entry {chain.seq}: {chain.why}
      </span>
    );
  return (
    <span className="chip bare t-proof nophone" role="status">
      <IconShieldCheck size={14} aria-hidden />
      Chain holds on this page
    </span>
  );
}

/** The whole ledger checked in the browser, its export, and the keys that sign it. */
function Proof() {
  const api = useApi();
  const keys = useLedgerKeys();
  const check = useCheck();
  const fetchFile = async () => (await openLedgerFile(api, 0)).blob();
  const verify = useMutation({
    mutationFn: async () => check.mutateAsync({ file: await fetchFile(), name: "ledger.jsonl" }),
  });
  const download = useMutation({ mutationFn: async () => save(await fetchFile(), "ledger.jsonl") });
  const problem = verify.error ?? download.error ?? check.error ?? keys.error;
  return (
    <>
      <h2 className="vh">Proof</h2>
      {check.data === undefined ? (
        <Section title="Proof" icon={<IconShieldCheck size={14} aria-hidden />}>
          <p className="f12 t2">
            Checking recomputes every hash and every signature here in the browser, from the first entry to
            the last.
          </p>
        </Section>
      ) : (
        <CheckReport checked={check.data} prints={keys.data?.prints ?? new Map()} />
      )}
      <section className="sec proof">
        <div className="row g8">
          <Button
            className="sp"
            loading={verify.isPending || check.isPending}
            leftSection={<IconRefresh size={14} aria-hidden />}
            onClick={() => verify.mutate()}
          >
            {check.data === undefined ? "Check all of it" : "Check again"}
          </Button>
          <Button
            loading={download.isPending}
            leftSection={<IconDownload size={14} aria-hidden />}
            onClick={() => download.mutate()}
          >
            Export
          </Button>
        </div>
        <p className="f11 t3 gap">The export verifies without this server.</p>
        <div className="gap">
          <DropFile
            label="Drop a file"
            hint="or choose one, to check an export, a recording or an archive"
            take={(file) => check.mutate({ file, name: file.name })}
          />
        </div>
        <ErrorLine error={problem === null ? undefined : toUserError(problem)} />
      </section>
      <EvidenceState />
      <Section title="Keys" icon={<IconKey size={14} aria-hidden />}>
        {(keys.data?.keys ?? []).map((key) => (
          <Facts
            key={key.keyId}
            pairs={[
              ["Key", <code key="id">{key.keyId}</code>],
              ["Since", <At key="since" time={key.since} />],
              [
                "Fingerprint",
                <code key="print" className="whole">
                  {grouped(keys.data?.prints.get(key.keyId) ?? "")}
                </code>,
              ],
            ]}
          />
        ))}
        <p className="f11 t3 gap">
          Keep fingerprints apart from what they verify: on paper, or with your auditor.
        </p>
      </Section>
    </>
  );
}

const grouped = (hash: string) => hash.match(/.{1,4}/gu)?.join(" ") ?? "";
