import type { ReactNode } from "react";

/** A page beside the portal's frame: one state in its middle, under a heading that is heard alone. */
export function BarePage({
  title,
  busy = false,
  children,
}: {
  title: string;
  busy?: boolean;
  children: ReactNode;
}) {
  return (
    <main className="centred" aria-busy={busy}>
      <h1 className="vh">{title}</h1>
      {children}
    </main>
  );
}
