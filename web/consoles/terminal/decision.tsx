import { ActionIcon } from "@mantine/core";
import { IconChevronDown, IconChevronUp, IconEyeOff } from "@tabler/icons-react";
import { CommandBlock, Visible } from "../../ui/code.tsx";
import { MaskBadge } from "../../ui/marks.tsx";
import { Section } from "../../ui/section.tsx";
import { ShellFactList } from "../../ui/shell-facts.tsx";
import { VerdictChip, verdicts } from "../../ui/verdict.tsx";
import { Evidence, Reasons, Votes } from "../decision-parts.tsx";
import { hiddenClasses, type TerminalCommand, type TerminalCommands } from "./commands.ts";
import { asksRaw } from "./raw.ts";

type Props = {
  commands: TerminalCommands;
  shown: TerminalCommand | undefined;
  choose: (command: string) => void;
};

/** Why a line ran, waits or was stopped: the line, sentence, votes, masks, facts, evidence, in this order. */
export function TerminalDecision({ commands, shown, choose }: Props) {
  const at = shown === undefined ? -1 : commands.indexOf(shown);
  const step = (to: number, label: string, Icon: typeof IconChevronUp) => (
    <ActionIcon
      aria-label={label}
      disabled={commands[to] === undefined}
      onClick={() => choose(commands[to]?.id ?? "")}
    >
      <Icon size={14} aria-hidden />
    </ActionIcon>
  );
  return (
    <>
      <div className="bar">
        <h2>Decision</h2>
        {commands.length < 2 ? null : (
          <>
            {step(at - 1, "The line before", IconChevronUp)}
            {step(at + 1, "The line after", IconChevronDown)}
          </>
        )}
        <span className="sp" />
        {shown === undefined ? null : <VerdictChip verdict={shown.state} />}
      </div>
      {shown === undefined ? (
        <Section>
          <p className="f12 t2">
            Enter a line: what the gate says to it appears here, with its reasons, before it runs.
          </p>
        </Section>
      ) : (
        <Explained command={shown} />
      )}
    </>
  );
}

function Explained({ command }: { command: TerminalCommand }) {
  const { text, state, decision, review, refusal, error } = command;
  const said = refusal ?? error;
  return (
    <>
      <Section>
        <CommandBlock
          text={text}
          language="shell"
          tone={verdicts[state].tone}
          waiting={state === "held"}
          small
          label="The line"
        />
        {asksRaw(command) ? (
          <p className="f12 gap">All of a terminal that is recorded, and not governed.</p>
        ) : null}
        {said === undefined || decision?.reasons.includes(said.message) === true ? null : (
          <p className="f12 gap">
            <Visible text={`${said.message} ${said.hint ?? ""}`.trim()} />
          </p>
        )}
      </Section>
      {decision === undefined ? null : (
        <Reasons decision={decision} fallback={fallbacks[decision.effect]} waits={state === "held"} />
      )}
      {review === undefined ? null : <Votes review={review} />}
      <Masked command={command} />
      {decision?.facts?.kind === "shell" ? (
        <Section title="Facts">
          <ShellFactList facts={decision.facts} />
        </Section>
      ) : null}
      <Evidence command={command} decision={decision} />
    </>
  );
}

const fallbacks = {
  allow: "Runs at once.",
  review: "People decide about this.",
  block: "No policy allows this.",
} as const;

function Masked({ command }: { command: TerminalCommand }) {
  const hidden = hiddenClasses(command);
  if (hidden.length === 0) return null;
  return (
    <Section title="Masked on the screen" icon={<IconEyeOff size={14} aria-hidden />}>
      <span className="row g4 wrap">
        {hidden.map((name) => (
          <MaskBadge key={name} name={name} />
        ))}
      </span>
    </Section>
  );
}
