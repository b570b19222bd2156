import { IconBan, IconCircleCheck } from "@tabler/icons-react";
import type { ReachableTarget } from "../api/nouns.ts";
import { KindIcon } from "../ui/kind-icon.tsx";
import { kindNames } from "../ui/target-kinds.ts";

/** Its name, with its kind as a picture and in words. */
export function TargetName({ target: { name, kind } }: { target: ReachableTarget }) {
  return (
    <span className="row g8">
      <span className="kind">
        <KindIcon kind={kind} size={16} />
      </span>
      <span className="col">
        <b className="f14 el" title={name}>
          {name}
        </b>
        <span className="f11 t3 nw">{kindNames[kind]}</span>
      </span>
    </span>
  );
}

/** What somebody does there, by what the gateway says that a target can. Its other abilities go without saying. */
const deeds: Readonly<Record<string, string>> = {
  sql: "run SQL",
  schema: "browse tables",
  shell: "run commands",
  terminal: "work in a terminal",
  files: "move files",
};

function deedsOf(capabilities: readonly string[]): string {
  const words = capabilities.flatMap((capability) => deeds[capability] ?? []);
  const text = words.length < 2 ? words.join("") : `${words.slice(0, -1).join(", ")} and ${words.at(-1)}`;
  return text === ""
    ? ""
    : `${text.charAt(0).toUpperCase()}${text.slice(1)}. Each command is decided on its own.`;
}

/** Whether one may open it, and what can be done there; or why not. */
export function Capabilities({ target }: { target: ReachableTarget }) {
  const open = target.mayOpen && !target.disabled;
  const Icon = open ? IconCircleCheck : IconBan;
  return (
    <span className="row g12 wrap" style={{ rowGap: 2 }}>
      <span className={`can fg t-${open ? "go" : "stop"}`}>
        <Icon size={14} aria-hidden />
        {open ? "open to you" : "not open to you"}
      </span>
      <span className="t2 f12">
        {target.disabled
          ? "An administrator has switched it off."
          : open
            ? deedsOf(target.capabilities)
            : target.reasons.join(" ")}
      </span>
    </span>
  );
}
