import "./sql-console.css";
import { Button, Select } from "@mantine/core";
import {
  IconAlignLeft,
  IconEye,
  IconPlayerPlayFilled,
  IconPlayerStop,
  IconPlus,
  IconSitemap,
} from "@tabler/icons-react";
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
import { readSchema } from "../../api/calls.ts";
import { toUserError } from "../../api/errors.ts";
import { useApi, usePortalEvents } from "../../api/portal.tsx";
import { useActions, type Action } from "../../app/actions.ts";
import { Page } from "../../app/page.tsx";
import { KeyHint } from "../../ui/key-hint.tsx";
import { Waiting } from "../../ui/states.tsx";
import { toast } from "../../ui/toast.tsx";
import { verdicts } from "../../ui/verdict.tsx";
import { DecisionPanel } from "./decision-panel.tsx";
import { ParametersBar } from "./parameters-bar.tsx";
import { QueryTabsBar } from "./query-tabs-bar.tsx";
import { activeTab, addTab, closeTab, editTab, loadTabs, restoreTab, saveTabs } from "./query-tabs.ts";
import { Results, type View } from "./results.tsx";
import type { Run } from "./runs.ts";
import { SchemaTree } from "./schema-tree.tsx";
import { SessionFacts } from "./session-facts.tsx";
import type { EditorHandle, Marking } from "./sql-editor.tsx";
import { parameterNumbers, statementAt, statementSpans } from "./statements.ts";
import { StatusFacts } from "./status-facts.tsx";
import { useEvaluation } from "./use-evaluation.ts";
import { useRunNews } from "./use-run-news.ts";
import { VerdictLine } from "./verdict-line.tsx";
import { maskedColumns, runSentence, runVerdicts, speak, type Spoken } from "./words.ts";
import { createWorkspace } from "./workspace.ts";

const SqlEditor = lazy(async () => ({ default: (await import("./sql-editor.tsx")).SqlEditor }));

const limits = ["100", "1000", "10000", "100000"];
const defaultLimit = "1000";
const saveAfterMs = 400;

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

  const [tabs, setTabs] = useState(() => loadTabs(target));
  const tab = activeTab(tabs);
  useEffect(() => {
    const timer = setTimeout(() => saveTabs(target, tabs), saveAfterMs);
    return () => clearTimeout(timer);
  }, [target, tabs]);
  useEffect(() => {
    const save = () => saveTabs(target, tabs);
    window.addEventListener("pagehide", save);
    return () => window.removeEventListener("pagehide", save);
  }, [target, tabs]);

  const schema = useQuery({
    queryKey: ["schema", target],
    queryFn: ({ signal }) => readSchema(api, target, signal),
    staleTime: 5 * 60_000,
  });
  const editor = useRef<EditorHandle>(null);
  const [offset, setOffset] = useState(0);
  const [limit, setLimit] = useState(defaultLimit);
  const [view, setView] = useState<View>("result 0");
  const [shownKey, setShownKey] = useState<string>();
  const [about, setAbout] = useState<"draft" | "run">("draft");
  const [missing, setMissing] = useState<readonly number[]>([]);
  const [panelOpen, setPanelOpen] = useState(false);
  const [sideOpen, setSideOpen] = useState(false);
  const shown = runs.find(({ key }) => key === shownKey);
  const busy = runs.find(({ state }) => state === "running" || state === "sending");

  const span = useMemo(() => statementAt(tab.text, offset), [tab.text, offset]);
  const statement = span === undefined ? "" : tab.text.slice(span.start, span.end);
  const judged = useEvaluation(target, statement);
  const spoken = useMemo(() => (judged === undefined ? undefined : speak(judged)), [judged]);
  const draft = judged?.evaluation?.decision;
  const current = judged?.sql === statement;
  const position = current ? judged.error?.extra["position"] : undefined;
  const marking = useMemo((): Marking | undefined => {
    if (span === undefined || spoken === undefined || !current) return undefined;
    const errorAt =
      typeof position === "number"
        ? { offset: span.start + Math.max(0, position - 1), message: spoken.sentence }
        : undefined;
    return {
      span,
      tone: verdicts[spoken.verdict].tone,
      masked: draft === undefined ? [] : maskedColumns(draft),
      errorAt,
    };
  }, [span, spoken, current, position, draft]);

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
    const run = workspace.run(sql, values, Number(limit));
    setShownKey(run.key);
    setAbout("run");
    setView("result 0");
  };
  const spanNow = () => statementAt(tab.text, editor.current?.offset() ?? offset);
  const runStatement = () => {
    const selected = editor.current?.selection().trim() ?? "";
    const here = spanNow();
    ask(selected !== "" ? selected : here === undefined ? "" : tab.text.slice(here.start, here.end));
  };
  const runAll = () => ask(tab.text.trim());
  const explain = () => {
    const here = spanNow();
    if (here !== undefined) ask(`EXPLAIN ${tab.text.slice(here.start, here.end)}`);
  };
  const cancel = () => {
    if (busy !== undefined) workspace.cancel(busy);
  };
  const format = async () => {
    const { formatDialect, postgresql } = await import("sql-formatter");
    try {
      editor.current?.replace(
        formatDialect(tab.text, { dialect: postgresql, keywordCase: "upper", tabWidth: 2 }),
      );
    } catch {
      toast({
        verdict: "unclear",
        title: "This cannot be formatted",
        message: "The formatter does not understand it. Nothing was changed.",
      });
    }
  };
  const why = () => {
    setAbout("draft");
    setPanelOpen(true);
    document.getElementById("panel")?.focus();
  };
  const open = (text: string) => setTabs((state) => addTab(state, text));
  const close = (id: string) => {
    const closed = tabs.tabs.find((each) => each.id === id);
    setTabs((state) => closeTab(state, id));
    if (closed !== undefined && closed.text.trim() !== "")
      toast({
        verdict: "withdrawn",
        title: `${closed.name} is closed`,
        action: { word: "Undo", run: () => setTabs((state) => restoreTab(state, closed)) },
      });
  };
  const show = useCallback((run: Run) => {
    setShownKey(run.key);
    setAbout("run");
  }, []);

  useRunNews(runs, {
    shown: shownKey,
    stopped: (run) => {
      if (run.key === shownKey) setView("runs");
    },
    show: (run, to) => {
      show(run);
      setView(to);
    },
  });

  const actions = useRef({ runStatement, runAll, explain, format, why, cancel });
  useEffect(() => {
    actions.current = { runStatement, runAll, explain, format, why, cancel };
  });
  useActions(
    useMemo(
      (): readonly Action[] => [
        {
          id: "run",
          label: "Run statement",
          icon: IconPlayerPlayFilled,
          keys: ["Ctrl", "↵"],
          run: () => actions.current.runStatement(),
        },
        {
          id: "run-all",
          label: "Run all statements",
          icon: IconPlayerPlayFilled,
          keys: ["Ctrl", "Shift", "↵"],
          run: () => actions.current.runAll(),
        },
        {
          id: "explain",
          label: "Explain statement",
          description: "The planner's plan; runs nothing",
          icon: IconSitemap,
          run: () => actions.current.explain(),
        },
        {
          id: "format",
          label: "Format query",
          icon: IconAlignLeft,
          run: () => void actions.current.format(),
        },
        {
          id: "why",
          label: "Why this verdict",
          icon: IconEye,
          keys: ["Alt", "D"],
          run: () => actions.current.why(),
        },
        { id: "new", label: "New query", icon: IconPlus, run: () => setTabs((state) => addTab(state)) },
      ],
      [],
    ),
  );
  useEffect(() => {
    const onKey = (event: KeyboardEvent) => {
      if (event.altKey && event.key.toLowerCase() === "d") actions.current.why();
      else if (event.altKey && /^[1-9]$/u.test(event.key))
        setTabs((state) => ({ ...state, active: state.tabs[Number(event.key) - 1]?.id ?? state.active }));
      else if ((event.ctrlKey || event.metaKey) && event.key === "Enter" && !event.defaultPrevented)
        (event.shiftKey ? actions.current.runAll : actions.current.runStatement)();
      else return;
      event.preventDefault();
    };
    window.addEventListener("keydown", onKey);
    return () => window.removeEventListener("keydown", onKey);
  }, []);

  const panelRun = about === "run" ? shown : undefined;
  const runSpoken: Spoken | undefined =
    panelRun === undefined
      ? undefined
      : panelRun.state === "completed"
        ? { verdict: "completed", word: verdicts.completed.word, sentence: "" }
        : {
            verdict: runVerdicts[panelRun.state],
            word: verdicts[runVerdicts[panelRun.state]].word,
            sentence: runSentence(panelRun),
          };
  const known = draft ?? shown?.decision;
  const unmasked = useMemo(() => new Set(known?.obligations.unmask.map((each) => each.class) ?? []), [known]);
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
            error={schema.error === null ? undefined : toUserError(schema.error)}
            shown={unmasked}
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
        content: (
          <DecisionPanel
            title={panelRun === undefined ? "Decision" : `Decision · Run ${panelRun.number}`}
            spoken={panelRun === undefined ? spoken : runSpoken}
            decision={panelRun === undefined ? draft : panelRun.decision}
            sql={panelRun === undefined ? (judged?.sql ?? "") : panelRun.sql}
            rewritten={panelRun === undefined ? judged?.evaluation?.rewritten : panelRun.rewritten}
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
          decision={shown?.decision ?? draft}
        />
      }
    >
      <QueryTabsBar
        state={tabs}
        pick={(id) => setTabs((state) => ({ ...state, active: id }))}
        close={close}
        add={() => open("")}
        rename={(id, name) => setTabs((state) => editTab(state, id, { name }))}
      />
      <div className="bar sql-bar">
        <Button
          variant="filled"
          leftSection={<IconPlayerPlayFilled size={12} aria-hidden />}
          rightSection={<KeyHint keys={["Ctrl", "↵"]} />}
          disabled={ended !== undefined}
          onClick={runStatement}
        >
          Run statement
        </Button>
        <Button
          variant="subtle"
          color="quiet"
          disabled={ended !== undefined || statements < 2}
          onClick={runAll}
        >
          Run all
        </Button>
        {busy === undefined ? null : (
          <Button
            variant="default"
            leftSection={<IconPlayerStop size={14} aria-hidden />}
            rightSection={<KeyHint keys={["Esc"]} />}
            onClick={cancel}
          >
            Cancel
          </Button>
        )}
        <Button
          className="nophone"
          variant="subtle"
          color="quiet"
          leftSection={<IconAlignLeft size={14} aria-hidden />}
          onClick={() => void format()}
        >
          Format
        </Button>
        <Button
          className="nophone"
          variant="subtle"
          color="quiet"
          leftSection={<IconSitemap size={14} aria-hidden />}
          disabled={ended !== undefined}
          onClick={explain}
        >
          Explain
        </Button>
        <span className="sp" />
        <Select
          w={124}
          className="nophone"
          aria-label="Most rows that come back"
          data={limits.map((value) => ({ value, label: `Limit ${Number(value).toLocaleString("en")}` }))}
          value={limit}
          onChange={(value) => setLimit(value ?? defaultLimit)}
        />
      </div>
      {ended === undefined ? null : (
        <p className="ended f12 row" role="alert">
          <b>{ended.message}</b>
          <span className="sp">{ended.hint ?? "Your queries stay in this tab."}</span>
          <Button onClick={() => void navigate({ to: "/targets", search: { open: target } })}>
            Open it again
          </Button>
        </p>
      )}
      <div className="editor-place">
        <Suspense fallback={<Waiting what="Bringing the editor" />}>
          <SqlEditor
            ref={editor}
            id={tab.id}
            initial={tab.text}
            catalog={schema.data}
            marking={marking}
            onChange={(text) => {
              setAbout("draft");
              setTabs((state) => editTab(state, state.active, { text }));
            }}
            onCursor={(next) => {
              setOffset(next);
              if (statementAt(tab.text, next)?.start !== span?.start) setAbout("draft");
            }}
            onRun={runStatement}
            onRunAll={runAll}
            onCancel={cancel}
          />
        </Suspense>
      </div>
      <ParametersBar
        numbers={parameterNumbers(statement)}
        values={tab.parameters}
        missing={missing}
        change={(parameters) => {
          setMissing([]);
          setTabs((state) => editTab(state, tab.id, { parameters }));
        }}
      />
      <VerdictLine
        spoken={spoken}
        line={
          span === undefined || statements < 2 ? undefined : tab.text.slice(0, span.start).split("\n").length
        }
        old={!current}
        why={why}
      />
      <Results
        runs={runs}
        run={shown}
        view={view}
        setView={setView}
        show={show}
        edit={(run) => open(run.sql)}
        cancel={(run) => workspace.cancel(run)}
        withdraw={(run) => workspace.withdraw(run)}
        fetchRows={(run) => workspace.fetchRows(run)}
      />
    </Page>
  );
}
