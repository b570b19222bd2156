import { IconEye, IconEyeOff } from "@tabler/icons-react";
import type { ReactNode } from "react";

/** A class of data. Dashed with an open eye: shown to you in clear. */
export function MaskBadge({ name, open = false }: { name: string; open?: boolean }) {
  const Icon = open ? IconEye : IconEyeOff;
  return (
    <span className={open ? "cls open" : "cls"} title={open ? `${name}: shown to you` : `${name}: masked`}>
      <Icon className="i" size={12} aria-hidden />
      {name}
      <span className="vh">{open ? ", shown to you" : ", masked"}</span>
    </span>
  );
}

/** The stage of a target, from its tag `env`. `prod` is inverted everywhere. */
export function StageTag({ tags }: { tags: Record<string, string> }) {
  const stage = tags["env"];
  if (stage === undefined) return null;
  return <span className={stage === "prod" ? "tag prod" : "tag"}>{stage}</span>;
}

export function Tag({ icon, children }: { icon?: ReactNode; children: ReactNode }) {
  return (
    <span className="tag">
      {icon}
      {children}
    </span>
  );
}

export function Count({ value, hot = false }: { value: number | string; hot?: boolean }) {
  return <span className={hot ? "cnt hot" : "cnt"}>{value}</span>;
}

/** A person's initials; a workload has square corners. */
export function Avatar({
  name,
  workload = false,
  large = false,
}: {
  name: string;
  workload?: boolean;
  large?: boolean;
}) {
  return (
    <span className={`av${large ? " l" : ""}${workload ? " bot" : ""}`} aria-hidden>
      {initials(name)}
    </span>
  );
}

function initials(name: string): string {
  const words = name.split(/[\s._-]+/u).filter((word) => word !== "");
  const first = words[0] ?? "?";
  const last = words.length > 1 ? (words.at(-1) ?? "") : first.slice(1);
  return (first.charAt(0) + last.charAt(0)).toUpperCase();
}
