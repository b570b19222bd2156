import { TextInput } from "@mantine/core";
import {
  IconBan,
  IconCircleCheck,
  IconEye,
  IconPlayerPauseFilled,
  IconSearch,
  type Icon,
} from "@tabler/icons-react";
import { useState } from "react";
import { plural } from "../ui/number.ts";
import type { Tone } from "../ui/tone.ts";
import type { OutlinedPolicy, PolicyGroup } from "./policy-outline.ts";

export const policyGroups: readonly { group: PolicyGroup; word: string; tone: Tone; icon: Icon }[] = [
  { group: "block", word: "Block", tone: "stop", icon: IconBan },
  { group: "review", word: "Review", tone: "wait", icon: IconPlayerPauseFilled },
  { group: "allow", word: "Allow", tone: "go", icon: IconCircleCheck },
  { group: "unmask", word: "Unmask", tone: "mask", icon: IconEye },
];

/** Policies by what they do; choosing one shows it in the text. */
export function PolicyList({
  policies,
  line,
  wrong,
  choose,
}: {
  policies: readonly OutlinedPolicy[];
  /** Where the cursor is. */
  line: number;
  /** Lines with a problem. */
  wrong: readonly number[];
  choose: (policy: OutlinedPolicy) => void;
}) {
  const [filter, setFilter] = useState("");
  const fits = policies.filter(({ id }) => id.includes(filter.trim().toLowerCase()));
  return (
    <>
      <div className="bar sub">
        <TextInput
          className="sp"
          aria-label="Filter policies"
          placeholder={`Filter ${plural(policies.length, "policy", "policies")}`}
          leftSection={<IconSearch size={14} aria-hidden />}
          value={filter}
          onChange={(event) => setFilter(event.currentTarget.value)}
        />
      </div>
      <div className="policy-list sp">
        {policyGroups.map(({ group, word, tone, icon: Icon }) => {
          const own = fits.filter((policy) => policy.group === group);
          return own.length === 0 ? null : (
            <section key={group} aria-label={word}>
              <h2 className="lab">{word}</h2>
              <ul>
                {own.map((policy) => {
                  const here = line >= policy.line && line <= policy.endLine;
                  return (
                    <li key={`${policy.line}`}>
                      <button
                        type="button"
                        className={here ? "ev on" : "ev"}
                        aria-current={here || undefined}
                        onClick={() => choose(policy)}
                      >
                        <span className={`fg t-${tone}`}>
                          <Icon size={14} aria-hidden />
                        </span>
                        <span className="f12 el">{policy.id}</span>
                        <span className="sp" />
                        {wrong.some((at) => at >= policy.line && at <= policy.endLine) ? (
                          <span className="f11 fg t-stop b">wrong</span>
                        ) : null}
                      </button>
                    </li>
                  );
                })}
              </ul>
            </section>
          );
        })}
        {fits.length === 0 ? <p className="f12 t2 none">No policy has “{filter}” in its id.</p> : null}
      </div>
      <p className="bar sub low foot f11 t2">Most restrictive wins; no match is blocked</p>
    </>
  );
}
