import { IconPlayerRecordFilled, IconShieldCheck, IconShieldOff } from "@tabler/icons-react";
import { CommandBlock, Visible } from "../ui/code.tsx";
import { MaskBadge } from "../ui/marks.tsx";
import { plural } from "../ui/number.ts";
import { RowsTable } from "../ui/rows-table.tsx";
import { EmptyState } from "../ui/states.tsx";
import { duration } from "../ui/time.tsx";
import { verdicts, VerdictChip } from "../ui/verdict.tsx";
import { OutputScene } from "./output-scene.tsx";
import { rowsBy, type StoryCommand, type StoryResult, type StoryTerminal } from "./story.ts";
import { TerminalScene } from "./terminal-scene.tsx";
import { at } from "./time-text.ts";
import type { Player } from "./use-player.ts";
import { exitWords, terminalWords } from "./words.ts";
import { Scroller } from "../ui/scroller.tsx";

/** What the actor had before them at this point: the command, what became of it, and its rows so far, masked. */
export function Scene({ player }: { player: Player }) {
  const { story, moment, position } = player;
  const name = story.opened?.actor.name ?? "the actor";
  const hidden = moment?.command === undefined ? [] : hiddenClasses(moment.command);
  const terminal = story.terminal && story.terminal.at <= position ? story.terminal : undefined;
  // A command that was sent beside the terminal has its own output; all else is seen on the screen.
  const sent = moment?.command !== undefined && moment.command.output?.typed !== true;
  return (
    <div className="scene col">
      <div className="bar low sub">
        <h2 className="f12 el">As {name} saw it</h2>
        {terminal === undefined ? null : <ModeTag mode={terminal.mode} />}
        <span className="sp" />
        {hidden.length === 0 ? null : (
          <span className="row g6 f12 t2 nophone">
            Masked in the recording too
            {hidden.map((one) => (
              <MaskBadge key={one} name={one} />
            ))}
          </span>
        )}
      </div>
      <Scroller className="stage col" label={`As ${name} saw it`}>
        {terminal !== undefined && !sent ? (
          <TerminalScene terminal={terminal} position={position} name={name} />
        ) : null}
        {moment?.command !== undefined ? (
          <CommandScene key={moment.command.id} command={moment.command} position={position} />
        ) : terminal === undefined || moment?.kind === "closed" ? (
          <BesideCommands player={player} />
        ) : null}
      </Scroller>
    </div>
  );
}

function ModeTag({ mode }: { mode: StoryTerminal["mode"] }) {
  const { word, about } = terminalWords[mode];
  const Icon = mode === "raw" ? IconShieldOff : IconShieldCheck;
  return (
    <span className={`chip t-${mode === "raw" ? "wait" : "go"}`} title={about}>
      <Icon size={14} aria-hidden />
      {word}
      <span className="vh">: {about}</span>
    </span>
  );
}

/** Classes of which something was hidden in what a command gave. */
function hiddenClasses({ results, masked, output }: StoryCommand): string[] {
  const columns = results.flatMap((result) => result.columns);
  const bySource = columns.flatMap((column) =>
    column.masked === true && column.class ? [column.class] : [],
  );
  return [...new Set([...bySource, ...(output === undefined ? [] : masked.map((field) => field.class))])];
}

function BesideCommands({ player: { moment, story } }: { player: Player }) {
  if (moment?.kind === "closed")
    return (
      <EmptyState icon={IconPlayerRecordFilled} title="The session has ended">
        {plural(story.commands.length, "command")} in {at(story.lastAt)}.
      </EmptyState>
    );
  const reason = story.opened?.reason ?? "";
  return (
    <EmptyState
      icon={IconPlayerRecordFilled}
      title={`Session opened on ${story.opened?.target ?? "the target"}`}
    >
      {reason === "" ? (
        "No reason was given."
      ) : (
        <>
          “<Visible text={reason} />”
        </>
      )}
    </EmptyState>
  );
}

function CommandScene({ command, position }: { command: StoryCommand; position: number }) {
  const settled = command.settledAt !== undefined && command.settledAt <= position;
  const state =
    settled || command.settledAt === undefined ? command.state : held(command, position) ? "held" : "running";
  const votes = command.votes.filter((vote) => vote.at <= position);
  return (
    <>
      <div className="pad col g8">
        <CommandBlock
          text={command.text}
          language={command.language}
          tone={verdicts[state].tone}
          waiting={state === "held"}
          small
          label="Command as it was asked"
        />
        {command.parameters.length === 0 ? null : (
          <p className="f12 row g12 wrap">
            <span className="t3">Parameters</span>
            {command.parameters.map((value, index) => (
              <span key={index}>
                <span className="mono pa">${index + 1}</span>{" "}
                <code>{value === null ? "null" : <Visible text={String(value)} />}</code>
              </span>
            ))}
          </p>
        )}
        <div className="row g8 f12 wrap">
          <VerdictChip verdict={state} />
          <span className="t2">{facts(command, position, settled).join(" · ")}</span>
        </div>
        {votes.map((vote) => (
          <p className="f12 row g8" key={`${vote.at}${vote.name}`}>
            <VerdictChip
              verdict={vote.verdict === "approve" ? "approved" : "rejected"}
              bare
              word={vote.name}
            />
            <span className="t3">{at(vote.at)}</span>
            {vote.comment === "" ? null : (
              <span>
                “<Visible text={vote.comment} />”
              </span>
            )}
          </p>
        ))}
        {settled ? <WhyNot command={command} /> : null}
        {command.notices
          .filter((one) => one.at <= position)
          .map(({ notice }, index) => (
            <p className="f12 t2" key={index}>
              <b>{notice.severity}</b> <Visible text={notice.message} />
            </p>
          ))}
      </div>
      {command.output === undefined || command.output.typed ? null : (
        <OutputScene command={command} output={command.output} position={position} />
      )}
      {command.results.map((result) => (
        <ResultScene key={result.statement} result={result} position={position} />
      ))}
    </>
  );
}

const held = ({ hold }: StoryCommand, position: number) =>
  hold !== undefined && hold.from <= position && (hold.to === undefined || position < hold.to);

function facts(command: StoryCommand, position: number, settled: boolean): string[] {
  const rows = command.results.reduce((sum, result) => sum + rowsBy(result, position), 0);
  const touched = command.tags
    .filter((tag) => tag.at <= position)
    .map(({ tag, rowCount }) => `${tag}: ${plural(rowCount, "row")}`);
  const { decision, timing } = command;
  return [
    ...(command.results.length > 0 ? [plural(rows, "row")] : []),
    ...touched,
    ...(settled && command.output?.exit ? [exitWords(command.output.exit)] : []),
    ...(settled && timing ? [duration(timing.totalMs)] : []),
    ...(decision && decision.policies.length > 0
      ? [`policy ${decision.policies.join(", ")}, version ${decision.policyVersion}`]
      : []),
  ];
}

/** The target's error, or the gate's reasons. */
function WhyNot({ command: { error, refusal, decision, state } }: { command: StoryCommand }) {
  if (error !== undefined)
    return (
      <p className="f12">
        <code className="t3">{error.code}</code> <Visible text={error.message} />{" "}
        {error.hint ? <Visible text={error.hint} /> : null}
      </p>
    );
  if (refusal !== undefined)
    return (
      <p className="f12">
        <Visible text={[refusal.detail, refusal.hint].filter(Boolean).join(" ")} />
      </p>
    );
  if (state === "blocked" && decision)
    return (
      <p className="f12">
        <Visible text={[...decision.reasons, decision.hint].filter(Boolean).join(" ")} />
      </p>
    );
  return null;
}

function ResultScene({ result, position }: { result: StoryResult; position: number }) {
  const shown = result.rows.filter((kept) => kept.at <= position).map(({ row }) => row);
  const more = rowsBy(result, position) - shown.length;
  return (
    <>
      <RowsTable
        columns={result.columns}
        rows={shown}
        label={`Rows of statement ${result.statement + 1}`}
        numbered
      />
      {more > 0 ? (
        <p className="f11 t3 pad">{plural(more, "more row", "more rows")} in the recording</p>
      ) : null}
      {more === 0 && result.truncated === true ? (
        <p className="f11 t3 pad">The target had more rows than were returned</p>
      ) : null}
    </>
  );
}
