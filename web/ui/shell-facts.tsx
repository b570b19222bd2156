import { Fragment, type ReactNode } from "react";
import type { PathUse, ShellFacts } from "../../shared/nouns/facts.ts";
import { Visible } from "./code.tsx";
import { Facts } from "./section.tsx";

/** Wrappers under which a program acts as somebody else. */
const becoming: ReadonlySet<string> = new Set(["sudo", "doas", "su", "runuser", "pkexec"]);

/** What parsing learnt about a shell command, the worst first. What it does not do is said where that calms. */
export function ShellFactList({ facts }: { facts: ShellFacts }) {
  // Nothing that it does not do is known of a terminal that nobody judges.
  if (facts.actions.includes("shell.raw"))
    return (
      <Facts
        pairs={[
          ["In short", <Visible key="short" text={facts.summary} />],
          ["Not known", <Visible key="opaque" text={facts.opaqueReasons.join("; ")} />],
        ]}
      />
    );
  const { programs, wrappers, deletes, changes, reads, network, secrets, persistence, scripts } = facts;
  return (
    <Facts
      pairs={[
        ["In short", <Visible key="short" text={facts.summary} />],
        [
          programs.length > 1 ? "Programs" : "Program",
          programs.length === 0 ? (
            "none, words to the shell itself"
          ) : (
            <Fragment key="programs">
              <Codes words={programs} />
              {wrappers.length === 0 ? ", not wrapped" : ", within "}
              <Codes words={wrappers} />
            </Fragment>
          ),
        ],
        ["Deletes", deletes.length === 0 ? "nothing" : <Paths key="deletes" uses={deletes} />],
        ["How", howOf(deletes)],
        ["Changes", changes.length === 0 ? undefined : <Paths key="changes" uses={changes} />],
        ["Reads", reads.length === 0 ? undefined : <Paths key="reads" uses={reads} />],
        ["Runs as", <Visible key="as" text={runsAs(facts)} />],
        [
          "Network",
          network.length === 0
            ? "none"
            : network.map(({ direction, host }) => (
                <div key={`${direction} ${host}`}>
                  {direction} {host === "" ? "another host" : <Codes words={[host]} />}
                </div>
              )),
        ],
        ["Secrets", secrets.length === 0 ? "none" : secrets.join(", ")],
        ["Stays by", persistence.join(", ")],
        ["Effects", facts.effects.join(", ")],
        [
          "Scripts",
          scripts.length > 0 ? <Codes key="scripts" words={scripts} /> : facts.runsScript ? "yes" : undefined,
        ],
        ["Interpreter", facts.opensInterpreter ? "opens one: what is typed there is not judged" : "none"],
        [
          "Opaque",
          facts.opaque ? <Visible key="opaque" text={facts.opaqueReasons.join("; ") || "yes"} /> : "nothing",
        ],
        ["Gate's hook", facts.tampers.length === 0 ? undefined : <Codes key="hook" words={facts.tampers} />],
      ]}
    />
  );
}

function howOf(deletes: readonly PathUse[]): string {
  const words = [
    deletes.some(({ recursive }) => recursive) && "recursive",
    deletes.some(({ forced }) => forced) && "forced",
  ];
  return words.filter((word) => word !== false).join(", ");
}

/** As whom it acts at the host, as far as the words tell. */
export function runsAs({ actions, wrappers }: Pick<ShellFacts, "actions" | "wrappers">): string {
  if (!actions.includes("shell.privilege")) return "the target's user, no privilege gained";
  const by = wrappers.filter((wrapper) => becoming.has(wrapper));
  return by.length === 0 ? "another user" : `another user, by ${by.join(" and ")}`;
}

function Codes({ words }: { words: readonly string[] }): ReactNode {
  return words.map((word, index) => (
    <span key={word}>
      {index === 0 ? "" : ", "}
      <code>
        <Visible text={word} />
      </code>
    </span>
  ));
}

function Paths({ uses }: { uses: readonly PathUse[] }): ReactNode {
  return uses.map(({ path }) => (
    <div key={path}>
      <code>
        <Visible text={path} />
      </code>
    </div>
  ));
}
