import "./sql-console.css";
import { Button } from "@mantine/core";
import { useQuery, useQueryClient } from "@tanstack/react-query";
import { useNavigate } from "@tanstack/react-router";
import {
  lazy,
  Suspense,
  useCallback,
  useEffect,
  useMemo,
  useRef,
  useState,
  useSyncExternalStore,
} from "react";
import type { Session } from "../../../shared/nouns/session.ts";
import type { Tags } from "../../../shared/nouns/target.ts";
import { bring } from "../../api/bring.ts";
import { readSchema } from "../../api/calls.ts";
import { toUserError } from "../../api/errors.ts";
import { useApi, usePortalEvents } from "../../api/portal.tsx";
import { Page } from "../../frame/page.tsx";
import { Waiting } from "../../ui/states.tsx";
import { SessionFacts } from "../session-facts.tsx";
import { DecisionPanel } from "./decision-panel.tsx";
import { EditorPlace } from "./editor-place.tsx";
import { formatSql } from "./format.ts";
import { ParametersBar } from "./parameters-bar.tsx";
import { QueryTabsBar } from "./query-tabs-bar.tsx";
import { Results, type View } from "./results.tsx";
import { isOnItsWay, type Run } from "./runs.ts";
import { SchemaTree } from "./schema-tree.tsx";
import type { EditorHandle } from "./sql-editor.tsx";
import { parameterNumbers, statementAt, statementSpans } from "./statements.ts";
import { StatusFacts } from "./status-facts.tsx";
import { defaultLimit, Toolbar } from "./toolbar.tsx";
import { useConsoleKeys, type Deeds } from "./use-console-keys.ts";
import { useDraft } from "./use-draft.ts";
import { useQueryTabs } from "./use-query-tabs.ts";
import { useRunNews } from "./use-run-news.ts";
import { VerdictLine } from "./verdict-line.tsx";
import { spokenOf } from "./words.ts";
import { createWorkspace } from "./workspace.ts";

const SqlEditor = lazy(async () => ({
  default: (await bring(() => import("./sql-editor.tsx"))).SqlEditor,
}));

const schemaStaleMs = 5 * 60_000;

/** The workspace of a SQL target: schema, queries, verdicts, results, and why. */
export function SqlConsole({ session, tags }: { session: Session; tags: Tags }) {
  const api = useApi();
  const queries = useQueryClient();
  const navigate = useNavigate();
  const { target } = session;
  const workspace = useMemo(() => createWorkspace(api, session), [api, session]);
  const { runs, live, ended } = useSyncExternalStore(workspace.subscribe, workspace.snapshot);
  useEffect(() => workspace.start(), [workspace]);
  usePortalEvents(
    useCallback(
      (event) => {
        if (event.type === "command.changed" && event.session === session.id)
          void workspace.refresh(event.command);
      },
      [workspace, session.id],
    ),
  );
  const schema = useQuery({
    queryKey: ["schema", target],
    queryFn: ({ signal }) => readSchema(api, target, signal),
    staleTime: schemaStaleMs,
  });

  const open = useQueryTabs(target);
  const { tab } = open;
  const editor = useRef<EditorHandle>(null);
  const [offset, setOffset] = useState(0);
  const [limit, setLimit] = useState(defaultLimit);
  const [view, setView] = useState<View>("result 0");
  const [shownKey, setShownKey] = useState<string>();
  const [about, setAbout] = useState<"draft" | "run">("draft");
  const [missing, setMissing] = useState<readonly number[]>([]);
  const [panelOpen, setPanelOpen] = useState(false);
  const [sideOpen, setSideOpen] = useState(false);
  const draft = useDraft(target, tab.text, offset, runs);
  const shown = runs.find(({ key }) => key === shownKey);
  const busy = runs.find(({ state }) => state === "running" || isOnItsWay(state));

  const ask = (sql: string) => {
    if (sql.trim() === "" || ended !== undefined) return;
    const numbers = parameterNumbers(sql);
    const lacking = numbers.filter((number) => tab.parameters[number] === undefined);
    setMissing(lacking);
    if (lacking.length > 0) return;
    const values = Array.from(
      { length: numbers.at(-1) ?? 0 },
      (_, index) => tab.parameters[index + 1] ?? null,
    );
    setShownKey(workspace.run(sql, values, limit).key);
    setAbout("run");
    setView("result 0");
  };
  // Always what the editor shows: keys may come faster than this page is drawn again.
  const written = () => editor.current?.text() ?? tab.text;
  /** What is selected, or the statement at the cursor. */
  const here = () => {
    const selected = editor.current?.selection().trim() ?? "";
    const text = written();
    const span = statementAt(text, editor.current?.offset() ?? offset);
    return selected !== "" || span === undefined ? selected : text.slice(span.start, span.end);
  };
  const deeds: Deeds = {
    runStatement: () => ask(here()),
    runAll: () => ask(written().trim()),
    explain: () => {
      const sql = here();
      if (sql !== "") ask(`EXPLAIN ${sql}`);
    },
    format: () =>
      void formatSql(written()).then((text) =>
        text === undefined ? undefined : editor.current?.replace(text),
      ),
    why: () => {
      setAbout("draft");
      setPanelOpen(true);
      document.getElementById("panel")?.focus();
    },
    cancel: () => {
      if (busy !== undefined) workspace.cancel(busy);
    },
    newQuery: () => open.add(),
    pickNumber: open.pickNumber,
  };
  useConsoleKeys(deeds);
  const show = useCallback((run: Run) => {
    setShownKey(run.key);
    setAbout("run");
  }, []);
  useRunNews(runs, {
    stopped: (run) => {
      if (run.key === shownKey) setView("runs");
    },
    show: (run, to) => {
      show(run);
      setView(to);
    },
  });

  const panelRun = about === "run" ? shown : undefined;
  const statements = statementSpans(tab.text).length;

  return (
    <Page
      title={`${target} · Work`}
      top={<SessionFacts session={session} tags={tags} ended={ended !== undefined} />}
      side={{
        label: "Schema",
        open: sideOpen,
        onOpenChange: setSideOpen,
        content: (
          <SchemaTree
            catalog={schema.data}
            error={schema.error === null || schema.data !== undefined ? undefined : toUserError(schema.error)}
            unmask={(draft.decision ?? shown?.decision)?.obligations.unmask ?? []}
            refresh={() => void queries.invalidateQueries({ queryKey: ["schema", target] })}
            insert={(text) => {
              setSideOpen(false);
              editor.current?.insert(text);
            }}
          />
        ),
      }}
      panel={{
        label: "Decision",
        open: panelOpen,
        onOpenChange: setPanelOpen,
        content:
          panelRun === undefined ? (
            <DecisionPanel
              title="Decision"
              spoken={draft.spoken}
              decision={draft.decision}
              sql={draft.judgedSql}
              rewritten={draft.rewritten}
              run={undefined}
            />
          ) : (
            <DecisionPanel
              title={`Decision · Run ${panelRun.number}`}
              spoken={spokenOf(panelRun)}
              decision={panelRun.decision}
              sql={panelRun.sql}
              rewritten={panelRun.rewritten}
              run={panelRun}
            />
          ),
      }}
      status={
        <StatusFacts
          live={live}
          ended={ended !== undefined}
          runs={runs}
          shown={shown}
          decision={shown?.decision ?? draft.decision}
        />
      }
    >
      <QueryTabsBar
        state={open.state}
        pick={open.pick}
        close={open.close}
        add={() => open.add()}
        rename={open.rename}
      />
      <Toolbar
        deeds={deeds}
        open={ended === undefined}
        busy={busy !== undefined}
        several={statements > 1}
        limit={limit}
        setLimit={setLimit}
      />
      {ended === undefined ? null : (
        <p className="ended f12 row" role="alert">
          <b>{ended.message}</b>
          <span className="sp">{ended.hint ?? "Your queries stay in this tab."}</span>
          <Button onClick={() => void navigate({ to: "/targets", search: { open: target } })}>
            Open it again
          </Button>
        </p>
      )}
      <EditorPlace>
        <Suspense fallback={<Waiting what="Bringing the editor" />}>
          <SqlEditor
            ref={editor}
            id={tab.id}
            initial={tab.text}
            catalog={schema.data}
            marking={draft.marking}
            onChange={(text) => {
              setAbout("draft");
              open.edit({ text });
            }}
            onCursor={(next) => {
              setOffset(next);
              if (statementAt(tab.text, next)?.start !== draft.span?.start) setAbout("draft");
            }}
            onRun={deeds.runStatement}
            onRunAll={deeds.runAll}
            onCancel={deeds.cancel}
          />
        </Suspense>
      </EditorPlace>
      <ParametersBar
        numbers={parameterNumbers(draft.statement)}
        values={tab.parameters}
        missing={missing}
        change={(parameters) => {
          setMissing([]);
          open.edit({ parameters });
        }}
      />
      <VerdictLine
        spoken={draft.spoken}
        line={
          draft.span === undefined || statements < 2
            ? undefined
            : tab.text.slice(0, draft.span.start).split("\n").length
        }
        old={!draft.current}
        why={deeds.why}
      />
      <Results
        runs={runs}
        run={shown}
        view={view}
        setView={setView}
        show={show}
        edit={(run) => open.add(run.sql)}
        cancel={(run) => workspace.cancel(run)}
        withdraw={(run) => workspace.withdraw(run)}
        fetchRows={(run) => workspace.fetchRows(run)}
      />
    </Page>
  );
}
