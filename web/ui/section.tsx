import type { ReactNode } from "react";

/** One part of a panel: a small heading and what it is about. */
export function Section({
  title,
  icon,
  children,
}: {
  title?: ReactNode;
  icon?: ReactNode;
  children: ReactNode;
}) {
  return (
    <section className="sec">
      {title === undefined ? null : (
        <h3>
          {icon}
          {title}
        </h3>
      )}
      {children}
    </section>
  );
}

/** Names and values, one pair a line. Pairs without a value are left out. */
export function Facts({ pairs }: { pairs: readonly (readonly [name: string, value: ReactNode])[] }) {
  return (
    <dl className="kv">
      {pairs
        .filter(([, value]) => value !== undefined && value !== null && value !== "")
        .map(([name, value]) => (
          <div key={name} style={{ display: "contents" }}>
            <dt>{name}</dt>
            <dd>{value}</dd>
          </div>
        ))}
    </dl>
  );
}
