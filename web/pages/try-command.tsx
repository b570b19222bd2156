import { SegmentedControl, Select, TagsInput, Textarea } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { useEffect, useState } from "react";
import { can } from "../../shared/can/can.ts";
import type { Decision } from "../../shared/nouns/decision.ts";
import { listAdministeredTargets } from "../api/administration.ts";
import { toUserError } from "../api/errors.ts";
import { tryCommand, type TrialOutcome } from "../api/policies.ts";
import { useApi, useMe } from "../api/portal.tsx";
import { maskWords, wouldBe } from "../consoles/sql/words.ts";
import { CommandBlock, Visible } from "../ui/code.tsx";
import type { Language } from "../ui/language.ts";
import { MaskBadge } from "../ui/marks.tsx";
import { Facts, Section } from "../ui/section.tsx";
import { verdicts, VerdictChip, VerdictMark, type Verdict } from "../ui/verdict.tsx";
import { FactSection } from "./review-context.tsx";

/** Typing rests for this long before the gateway is asked. */
const restMs = 400;
const firstCommands: Record<Language, string> = {
  sql: "UPDATE orders SET status = 'paid' WHERE id = 7",
  shell: "sudo systemctl restart nginx",
};

/** What can be asked of a host, and how it is tried; a word stands for what is typed of it. */
const askedOfHost = {
  sent: { label: "Command, sent", of: "Command", tried: (text: string) => text },
  line: {
    label: "Line, typed in a terminal",
    of: "Command",
    tried: (text: string) => ({ terminal: "line" as const, command: text }),
  },
  raw: { label: "Raw terminal", of: undefined, tried: () => ({ terminal: "raw" as const }) },
  list: {
    label: "List a directory",
    of: "Path",
    tried: (path: string) => ({ file: "list" as const, path }),
  },
  download: {
    label: "Download a file",
    of: "Path",
    tried: (path: string) => ({ file: "download" as const, path, binary: false }),
  },
  upload: {
    label: "Upload a file",
    of: "Path",
    tried: (path: string) => ({ file: "upload" as const, path, bytes: 0 }),
  },
};
type AskedOfHost = keyof typeof askedOfHost;
const isAskedOfHost = (text: string | null): text is AskedOfHost =>
  text !== null && Object.hasOwn(askedOfHost, text);

/** What a text would decide about a command, beside what the version in force says. Runs nothing. */
export function TryCommand({
  draft,
  version,
  groups,
}: {
  draft: string | undefined;
  version: number;
  groups: readonly string[];
}) {
  const api = useApi();
  const me = useMe();
  const forOthers = can(me, "policies.evaluate-for-others");
  const [kind, setKind] = useState<"human" | "workload">("human");
  const [members, setMembers] = useState<string[]>(
    groups.includes("engineers") ? ["engineers"] : groups.slice(0, 1),
  );
  const [target, setTarget] = useState<string>();
  /** What was typed, for each language apart: changing the target keeps both. */
  const [typed, setTyped] = useState(firstCommands);
  const targets = useQuery({
    queryKey: ["targets", "administered"],
    queryFn: ({ signal }) => listAdministeredTargets(api, signal),
  });
  const on = target ?? targets.data?.[0]?.name;
  const [asked, setAsked] = useState<AskedOfHost>("sent");
  const [path, setPath] = useState("/etc/hosts");
  const language: Language = targets.data?.find(({ name }) => name === on)?.kind === "ssh" ? "shell" : "sql";
  const of = language === "shell" ? askedOfHost[asked].of : "Command";
  const text = of === undefined ? "" : of === "Path" ? path : typed[language];
  const command = language === "shell" ? askedOfHost[asked].tried(text) : text;
  const actor = forOthers ? { id: `somebody|${kind}`, kind, groups: members } : undefined;
  const settled = useSettled({ text, command, of, language, actor, target: on, draft });
  const enabled = settled.target !== undefined && (settled.of === undefined || settled.text.trim() !== "");
  const ask = (policies: string | undefined) => ({
    queryKey: ["try", settled.target, settled.command, settled.actor, policies ?? version],
    queryFn: ({ signal }: { signal: AbortSignal }) =>
      tryCommand(
        api,
        { target: settled.target ?? "", command: settled.command, actor: settled.actor, policies },
        signal,
      ),
    enabled,
    placeholderData: (before: TrialOutcome | undefined) => before,
    staleTime: 30_000,
    gcTime: 60_000,
  });
  const inForce = useQuery(ask(undefined));
  const byDraft = useQuery({ ...ask(settled.draft), enabled: enabled && settled.draft !== undefined });
  const shown = settled.draft === undefined ? inForce : byDraft;
  return (
    <>
      <div className="bar">
        <h2>Try a command</h2>
        <span className="sp" />
        <span className="f12 t3">runs nothing</span>
      </div>
      <section className="sec col g8 trial" aria-label="What to try">
        <div className="two">
          {forOthers ? (
            <div>
              <span className="lab" id="as-kind">
                As
              </span>
              <SegmentedControl
                fullWidth
                aria-labelledby="as-kind"
                value={kind}
                onChange={(value) => setKind(value === "workload" ? "workload" : "human")}
                data={[
                  { value: "human", label: "Person" },
                  { value: "workload", label: "Agent" },
                ]}
              />
            </div>
          ) : (
            <Facts pairs={[["As", `${me.name}: you`]]} />
          )}
          <Select
            label="On"
            data={(targets.data ?? []).map(({ name, tags }) => ({
              value: name,
              label: tags["env"] === undefined ? name : `${name}, ${tags["env"]}`,
            }))}
            value={on ?? null}
            onChange={(value) => setTarget(value ?? undefined)}
            nothingFoundMessage="No target"
          />
        </div>
        {forOthers ? (
          <TagsInput
            size="xs"
            label="In the groups"
            placeholder={members.length === 0 ? "none: type or choose" : ""}
            data={[...groups]}
            value={members}
            onChange={setMembers}
          />
        ) : null}
        {language === "shell" ? (
          <Select
            label="Asked for"
            data={Object.entries(askedOfHost).map(([value, { label }]) => ({ value, label }))}
            value={asked}
            allowDeselect={false}
            onChange={(value) => isAskedOfHost(value) && setAsked(value)}
          />
        ) : null}
        {of === undefined ? null : (
          <Textarea
            label={of}
            className="sql"
            autosize
            minRows={3}
            maxRows={12}
            spellCheck={false}
            description={
              language === "shell" && of === "Command"
                ? "As a shell would read it, in one line or several"
                : undefined
            }
            value={text}
            onChange={({ currentTarget: { value } }) =>
              of === "Path" ? setPath(value) : setTyped({ ...typed, [language]: value })
            }
          />
        )}
      </section>
      {shown.error !== null ? (
        <Refused error={toUserError(shown.error)} />
      ) : shown.data === undefined ? (
        <p className="verdict t-quiet f12">
          {enabled ? "Asking the gateway" : "Write a command: what would be decided appears here."}
        </p>
      ) : (
        <Outcome outcome={shown.data} text={settled.text} language={settled.language} />
      )}
      {settled.draft !== undefined && inForce.data !== undefined ? (
        <Section title={`Version ${version}, in force, says`}>
          <Said decision={inForce.data.decision} />
        </Section>
      ) : null}
    </>
  );
}

/** The values once they have rested. */
function useSettled<T extends object>(values: T): T {
  const [settled, setSettled] = useState(values);
  const text = JSON.stringify(values);
  useEffect(() => {
    const timer = setTimeout(() => setSettled(values), restMs);
    return () => clearTimeout(timer);
    // eslint-disable-next-line react/exhaustive-deps -- equal values are the same values
  }, [text]);
  return settled;
}

function Refused({ error }: { error: ReturnType<typeof toUserError> }) {
  const verdict: Verdict = error.code === "masking_refused" ? "blocked" : "unclear";
  return (
    <p className={`verdict t-${verdicts[verdict].tone} said`} role="status">
      <VerdictChip
        verdict={verdict}
        word={error.code === "policy_invalid" ? "Does not validate" : undefined}
      />
      <span>
        {error.code === "policy_invalid" ? "Repair the text first." : `${error.message} ${error.hint ?? ""}`}
      </span>
    </p>
  );
}

function Said({ decision }: { decision: Decision }) {
  const { verdict, word } = wouldBe(decision);
  return (
    <p className="f12 row g6 wrap">
      <VerdictChip verdict={verdict} word={word} />
      <span>{decision.policies.length === 0 ? "by no policy" : `by ${decision.policies.join(", ")}`}</span>
    </p>
  );
}

function Outcome({
  outcome: { mayOpen, decision, rewritten },
  text,
  language,
}: {
  outcome: TrialOutcome;
  text: string;
  language: Language;
}) {
  const { verdict, word, sentence } = wouldBe(decision);
  const { masks, unmask } = decision.obligations;
  return (
    <>
      <p className={`verdict t-${verdicts[verdict].tone} said`} role="status">
        <VerdictChip verdict={verdict} word={word} solid={verdict !== "allowed"} />
        <span>{sentence}</span>
      </p>
      {mayOpen.allowed ? null : (
        <Section title="No session is opened there">
          <p className="f12 t2">
            <Visible text={mayOpen.reasons.join(" ")} />
          </p>
        </Section>
      )}
      <Section title="Which policies decide">
        <ul className="spoke">
          {decision.policies.map((policy, index) => (
            <li key={policy} className="row t g8">
              <VerdictMark verdict={verdict} />
              <span className="col sp">
                <b className="f12">{policy}</b>
                <span className="f12 t2">
                  <Visible text={decision.reasons[index] ?? ""} />
                </span>
              </span>
            </li>
          ))}
          {decision.policies.length === 0 ? (
            <li className="f12 t2">None: what no policy allows is blocked.</li>
          ) : null}
        </ul>
        <p className="f12 t2 gap">Most restrictive wins: block, then review, then allow.</p>
      </Section>
      {masks.length + unmask.length === 0 ? null : (
        <Section title="Masked at the source">
          <ul className="col g4">
            {masks.map(({ relation, column, class: name, rule }) => (
              <li className="row g6 f12" key={`${relation}.${column}`}>
                <code className="el">{column}</code>
                <MaskBadge name={name} />
                <span className="sp" />
                <span className="t2">{maskWords(rule)}</span>
              </li>
            ))}
            {unmask.map(({ class: name, policy }) => (
              <li className="row g6 f12" key={name}>
                <MaskBadge name={name} open />
                <span className="t2">in clear, by {policy}</span>
              </li>
            ))}
          </ul>
        </Section>
      )}
      {rewritten === undefined || rewritten === text ? null : (
        <Section title="What would run">
          <CommandBlock
            text={rewritten}
            language={language}
            tone={verdicts[verdict].tone}
            small
            label="What would run"
          />
        </Section>
      )}
      {decision.facts === undefined ? null : <FactSection facts={decision.facts} />}
    </>
  );
}
