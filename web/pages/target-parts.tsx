import { IconBan, IconCircleCheck } from "@tabler/icons-react";
import type { ReachableTarget } from "../api/nouns.ts";
import { KindIcon } from "../ui/kind-icon.tsx";
import { Tag } from "../ui/marks.tsx";
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

/** Whether one may open it, the policy's reason, and what can be done there. */
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
        {target.disabled ? "An administrator has switched it off." : target.reasons.join(" ")}
      </span>
      {open ? (
        <span className="row g4 wrap">
          {target.capabilities.map((word) => (
            <Tag key={word}>{word}</Tag>
          ))}
        </span>
      ) : null}
    </span>
  );
}
