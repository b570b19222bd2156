import { Button } from "@mantine/core";
import {
  IconArrowBackUp,
  IconCornerDownLeft,
  IconFileCode,
  IconHistory,
  IconPencil,
  IconPlayerStop,
  IconTable,
} from "@tabler/icons-react";
import { useState } from "react";
import { toUserError, type UserError } from "../../api/errors.ts";
import { NoticesButton } from "../../frame/notices-button.tsx";
import { CommandBlock, SqlText, Visible } from "../../ui/code.tsx";
import { Tag } from "../../ui/marks.tsx";
import { EmptyState } from "../../ui/states.tsx";
import { At, CountDown, duration } from "../../ui/time.tsx";
import { toast } from "../../ui/toast.tsx";
import { VerdictChip, verdicts } from "../../ui/verdict.tsx";
import { faultOf } from "./failure.ts";
import { isOnItsWay, type Run, type Runs } from "./runs.ts";
import { runCounts, runSentence, runVerdict } from "./words.ts";

type Actions = {
  shown: string | undefined;
  show: (run: Run) => void;
  showResult: (run: Run) => void;
  /** Puts the text into a query of its own, to be changed and asked again. */
  edit: (run: Run) => void;
  cancel: (run: Run) => void;
  withdraw: (run: Run) => Promise<void>;
  /** Brings rows from before a reload. */
  fetchRows: (run: Run) => Promise<void>;
};

/** Everything asked in this session, newest first. */
export function RunList({ runs, ...actions }: { runs: Runs } & Actions) {
  if (runs.length === 0)
    return (
      <EmptyState icon={IconHistory} title="Nothing was asked yet">
        Every command of this session appears here with its verdict: what ran, what waits, what was stopped
        and what to do next.
      </EmptyState>
    );
  return (
    <div className="runs">
      {runs.toReversed().map((run) => (
        <RunStrip key={run.key} run={run} {...actions} />
      ))}
    </div>
  );
}

function RunStrip({ run, ...actions }: { run: Run } & Actions) {
  const verdict = runVerdict(run);
  const { tone } = verdicts[verdict];
  const calm = run.state === "completed" || run.state === "running" || isOnItsWay(run.state);
  const classes = [
    "strip",
    `t-${tone}`,
    run.state === "held" ? "wait" : "",
    calm ? "plain" : "",
    actions.shown === run.key ? "shown" : "",
  ];
  const body = !calm;
  return (
    <article className={classes.filter(Boolean).join(" ")} aria-label={`Run ${run.number}`}>
      <div className="hd">
        <VerdictChip verdict={verdict} solid={!calm} />
        {calm ? (
          <code className="f12 el sp">
            <SqlText text={run.sql.replace(/\s+/gu, " ")} />
          </code>
        ) : (
          <b className="f12 sp">
            <Visible text={runSentence(run)} />
          </b>
        )}
        <span className="f12 t2 nw">
          {run.state === "held" && run.review !== undefined ? (
            <CountDown until={run.review.expiresAt} />
          ) : (
            [runCounts(run), run.timing === undefined ? "" : duration(run.timing.totalMs)]
              .filter((part) => part !== "")
              .join(" · ")
          )}
          <button type="button" className="linkbtn quiet" onClick={() => actions.show(run)}>
            Run {run.number}
          </button>
          <At time={run.submittedAt} />
        </span>
        {run.state === "completed" ? <RowsButton run={run} {...actions} /> : null}
        {run.state === "running" || run.state === "unsent" ? (
          <Button leftSection={<IconPlayerStop size={14} aria-hidden />} onClick={() => actions.cancel(run)}>
            Cancel
          </Button>
        ) : null}
      </div>
      {body ? (
        <div className="bd">
          {run.state === "held" ? <p className="f12 note">{heldNote(run)}</p> : null}
          <div className="two-up">
            <CommandBlock
              text={run.sql}
              tone={tone}
              waiting={run.state === "held"}
              small
              faultAt={faultOf(run)?.offset}
            />
            <Next run={run} />
          </div>
        </div>
      ) : null}
      {body ? <Foot run={run} {...actions} /> : null}
    </article>
  );
}

/** Shows a run's rows; those from before a reload are fetched first, masked as they were. */
function RowsButton({ run, showResult, fetchRows }: { run: Run } & Actions) {
  const [busy, setBusy] = useState(false);
  const fetched = run.results.length > 0;
  if (!fetched && !(run.answered ?? []).some(({ columns }) => columns.length > 0)) return null;
  const show = async () => {
    setBusy(true);
    try {
      if (!fetched) await fetchRows(run);
      showResult(run);
    } catch (reason) {
      const error = toUserError(reason);
      toast({ verdict: "failed", title: error.message, message: error.hint });
    } finally {
      setBusy(false);
    }
  };
  return (
    <Button
      variant="subtle"
      color="quiet"
      loading={busy}
      leftSection={<IconTable size={14} aria-hidden />}
      onClick={() => void show()}
    >
      Rows
    </Button>
  );
}

function heldNote(run: Run): string {
  const votes = (run.review?.votes ?? [])
    .filter(({ verdict }) => verdict === "approve")
    .map(({ name }) => `${name} approved.`);
  return [
    ...votes,
    "Nothing has run. Go on working: it runs once it is approved, and you are told here.",
  ].join(" ");
}

/** What to do next, in words, beside what was stopped. */
function Next({ run }: { run: Run }) {
  const said =
    run.state === "failed"
      ? [run.error?.detail, run.error?.hint, run.refusal?.hint]
      : [run.refusal?.hint ?? run.decision?.hint];
  const comments =
    run.state === "rejected"
      ? (run.review?.votes ?? [])
          .filter(({ comment }) => comment !== "")
          .map(({ name, comment }) => `${name}: “${comment}”`)
      : [];
  const words = [...comments, ...said].filter((part): part is string => part !== undefined && part !== "");
  const nothing = ["blocked", "rejected", "expired", "withdrawn"].includes(run.state)
    ? "Nothing reached the database."
    : undefined;
  if (run.state === "held" || (words.length === 0 && nothing === undefined)) return null;
  return (
    <div className="next">
      {words.length === 0 ? null : (
        <span className="lab" style={{ margin: 0 }}>
          <IconCornerDownLeft size={14} aria-hidden />
          What to do next
        </span>
      )}
      {words.map((sentence) => (
        <p className="f12" key={sentence}>
          <Visible text={sentence} />
        </p>
      ))}
      {nothing === undefined ? null : <p className="f12 t2">{nothing}</p>}
    </div>
  );
}

function Foot({ run, edit, withdraw }: { run: Run } & Actions) {
  const [busy, setBusy] = useState(false);
  const [error, setError] = useState<UserError>();
  const take = async () => {
    setBusy(true);
    setError(undefined);
    try {
      await withdraw(run);
    } catch (reason) {
      setError(toUserError(reason));
    } finally {
      setBusy(false);
    }
  };
  const parameters = run.parameters.map((value, index) => ({
    name: `$${index + 1}`,
    value: value === null ? "null" : String(value),
  }));
  return (
    <div className="ft">
      {run.state === "held" ? (
        <Button
          loading={busy}
          leftSection={<IconArrowBackUp size={14} aria-hidden />}
          onClick={() => void take()}
        >
          Withdraw
        </Button>
      ) : null}
      <Button leftSection={<IconPencil size={14} aria-hidden />} onClick={() => edit(run)}>
        Edit and ask again
      </Button>
      {run.state === "held" ? <NoticesButton quiet /> : null}
      {error === undefined ? null : (
        <span className="fg t-stop f12" role="alert">
          {error.message} {error.hint}
        </span>
      )}
      <span className="sp" />
      {parameters.map(({ name, value }) => (
        <span className="f12" key={name}>
          <code className="pa">{name}</code>{" "}
          <code>
            <Visible text={value} />
          </code>
        </span>
      ))}
      {run.state === "blocked" || run.state === "held"
        ? (run.decision?.policies ?? []).map((policy) => (
            <Tag key={policy} icon={<IconFileCode size={12} aria-hidden />}>
              {policy}
            </Tag>
          ))
        : null}
      {run.error === undefined ? null : <code className="f11 t3">{run.error.code}</code>}
    </div>
  );
}
