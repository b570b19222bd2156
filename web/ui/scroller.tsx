import type { ReactNode } from "react";

/** A region that scrolls: named, and in reach of the keyboard even where nothing in it can be focused. */
export function Scroller({
  label,
  className,
  children,
}: {
  label: string;
  className: string;
  children: ReactNode;
}) {
  return (
    // oxlint-disable-next-line jsx-a11y/no-noninteractive-tabindex -- it scrolls, so the keyboard must reach it
    <section className={className} aria-label={label} tabIndex={0}>
      {children}
    </section>
  );
}
