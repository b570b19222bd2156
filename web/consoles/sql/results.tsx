import { Visible } from "../../ui/code.tsx";
import { Button } from "@mantine/core";
import { IconMessage, IconPlayerPlay, IconPlugOff, IconTable } from "@tabler/icons-react";
import { useRef, useState, type KeyboardEvent, type ReactNode } from "react";
import { Count } from "../../ui/marks.tsx";
import { count, plural } from "../../ui/number.ts";
import { EmptyState, Waiting } from "../../ui/states.tsx";
import { VerdictMark } from "../../ui/verdict.tsx";
import { cellsAs, cellsIn, type CopyFormat, type Rectangle } from "./copy-cells.ts";
import { ResultGrid } from "./grid.tsx";
import { ResultFacts, useSaid } from "./result-facts.tsx";
import { RunList } from "./run-strips.tsx";
import { isFinal, type Run, type Runs } from "./runs.ts";
import { announced, runSentence, runVerdict } from "./words.ts";

/** `result 0` is the first result of the run that is shown. */
export type View = "messages" | "runs" | `result ${number}`;

type Props = {
  runs: Runs;
  run: Run | undefined;
  view: View;
  setView: (view: View) => void;
  show: (run: Run) => void;
  edit: (run: Run) => void;
  cancel: (run: Run) => void;
  withdraw: (run: Run) => Promise<void>;
  fetchRows: (run: Run) => Promise<void>;
};

/** What came back: results, messages, and every run of the session. */
export function Results({ runs, run, view, setView, show, edit, cancel, withdraw, fetchRows }: Props) {
  const list = useRef<HTMLDivElement>(null);
  const results = run?.results ?? [];
  const messages =
    run === undefined
      ? 0
      : run.notices.length + run.tags.length + (run.error === undefined && run.refusal === undefined ? 0 : 1);
  const open = runs.filter(({ state }) => !isFinal(state)).length;
  const tabs: { view: View; content: ReactNode }[] = [
    ...(results.length === 0
      ? [{ view: "result 0" as const, content: "Result" }]
      : results.map((_, index) => ({
          view: `result ${index}` as const,
          content: (
            <>
              {run === undefined ? null : <VerdictMark verdict={runVerdict(run)} size={12} />}
              Result {index + 1}
            </>
          ),
        }))),
    { view: "messages", content: <>Messages {messages === 0 ? null : <Count value={messages} />}</> },
    {
      view: "runs",
      content: (
        <>Runs {runs.length === 0 ? null : <Count value={open > 0 ? open : runs.length} hot={open > 0} />}</>
      ),
    },
  ];
  const index = /^result (\d+)$/u.exec(view)?.[1];
  const result = index === undefined ? undefined : results[Number(index)];
  const resultKey = `${run?.key ?? ""} ${result?.statement ?? ""}`;
  const [selection, setSelection] = useState<{ of: string; cells: Rectangle }>();
  const [said, say] = useSaid();
  const copy = async (format: CopyFormat, cells: Rectangle) => {
    if (result === undefined) return;
    try {
      await navigator.clipboard.writeText(cellsAs(format, result.store, cells));
      say(`${plural(cellsIn(cells), "cell")} copied`);
    } catch {
      say("The browser keeps its clipboard closed");
    }
  };
  const onKeyDown = (event: KeyboardEvent) => {
    const step = event.key === "ArrowRight" ? 1 : event.key === "ArrowLeft" ? -1 : 0;
    if (step === 0) return;
    const at = tabs.findIndex((tab) => tab.view === view);
    const next = tabs[(at + step + tabs.length) % tabs.length];
    if (next === undefined) return;
    setView(next.view);
    list.current?.querySelectorAll<HTMLElement>("[role=tab]")[tabs.indexOf(next)]?.focus();
    event.preventDefault();
  };
  return (
    <section className="results" aria-label="Results" data-region tabIndex={-1}>
      <output className="vh">{run === undefined ? "" : announced(run)}</output>
      <div className="utabs">
        <div role="tablist" aria-label="Results" tabIndex={-1} ref={list} onKeyDown={onKeyDown}>
          {tabs.map((tab) => (
            <button
              key={tab.view}
              type="button"
              role="tab"
              id={`tab ${tab.view}`.replace(/ /gu, "-")}
              aria-selected={tab.view === view}
              aria-controls="result-view"
              tabIndex={tab.view === view ? 0 : -1}
              onClick={() => setView(tab.view)}
            >
              {tab.content}
            </button>
          ))}
        </div>
        <span className="sp" />
        {result !== undefined && run !== undefined ? (
          <ResultFacts
            result={result}
            run={run}
            said={said}
            selected={selection?.of === resultKey ? selection.cells : undefined}
            copy={(format, cells) => void copy(format, cells)}
          />
        ) : null}
      </div>
      <div
        className="result-view"
        id="result-view"
        role="tabpanel"
        aria-labelledby={`tab ${view}`.replace(/ /gu, "-")}
      >
        {view === "runs" ? (
          <RunList
            runs={runs}
            shown={run?.key}
            show={show}
            showResult={(each) => {
              show(each);
              setView("result 0");
            }}
            edit={edit}
            cancel={cancel}
            withdraw={withdraw}
            fetchRows={fetchRows}
          />
        ) : view === "messages" ? (
          <Messages run={run} />
        ) : result !== undefined ? (
          <ResultGrid
            key={resultKey}
            result={result}
            label={`Result ${Number(index) + 1}`}
            onSelect={(cells) => setSelection({ of: resultKey, cells })}
            copy={(cells) => void copy("text", cells)}
          />
        ) : (
          <NoResult run={run} toRuns={() => setView("runs")} cancel={cancel} />
        )}
      </div>
    </section>
  );
}

function NoResult({
  run,
  toRuns,
  cancel,
}: {
  run: Run | undefined;
  toRuns: () => void;
  cancel: (run: Run) => void;
}) {
  if (run?.state === "unsent")
    return (
      <EmptyState
        icon={IconPlugOff}
        title="Not sent yet"
        action={<Button onClick={() => cancel(run)}>Take it back</Button>}
      >
        {runSentence(run)}.
      </EmptyState>
    );
  if (run?.state === "running" || run?.state === "sending")
    return <Waiting what={run.state === "running" ? "Running at the target" : "On its way to the gate"} />;
  if (run === undefined)
    return (
      <EmptyState icon={IconPlayerPlay} title="Rows appear here">
        Run the statement at the cursor with Ctrl ↵. Columns that a rule masks carry its name.
      </EmptyState>
    );
  return (
    <EmptyState
      icon={IconTable}
      title="This run gave no rows"
      action={<Button onClick={toRuns}>Show the run</Button>}
    >
      Its verdict, what it touched and what to do next stand with the run.
    </EmptyState>
  );
}

function Messages({ run }: { run: Run | undefined }) {
  const error = run?.error ?? run?.refusal;
  if (run === undefined || (run.notices.length + run.tags.length === 0 && error === undefined))
    return (
      <EmptyState icon={IconMessage} title="No messages">
        Notices, row counts and errors of the run that is shown appear here, masked like its rows.
      </EmptyState>
    );
  return (
    <ul className="messages">
      {run.notices.map((notice, index) => (
        <li key={`notice ${index}`}>
          <b>{notice.severity}</b> <Visible text={notice.message} />{" "}
          {notice.code === undefined ? null : <code className="t3">{notice.code}</code>}
        </li>
      ))}
      {run.tags.map(({ statement, tag, rowCount }) => (
        <li key={`tag ${statement}`}>
          Statement {statement + 1}: <code>{tag}</code> {count(rowCount)}
        </li>
      ))}
      {error === undefined ? null : (
        <li className="fg t-stop">
          <b>
            <Visible text={error.message} />
          </b>{" "}
          <Visible text={[("detail" in error && error.detail) || "", error.hint ?? ""].join(" ")} />{" "}
          <code>{error.code}</code>
        </li>
      )}
    </ul>
  );
}
