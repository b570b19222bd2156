import { Button, Loader } from "@mantine/core";
import { IconAlertTriangle, IconRefresh, type Icon } from "@tabler/icons-react";
import type { ReactNode } from "react";

/** What appears here once there is something, and one action that makes it so. */
export function EmptyState({
  icon: Icon,
  title,
  children,
  action,
}: {
  icon: Icon;
  title: string;
  children?: ReactNode;
  action?: ReactNode;
}) {
  return (
    <div className="empty">
      <Icon className="i" size={20} aria-hidden />
      <b>{title}</b>
      {children === undefined ? null : <p>{children}</p>}
      {action === undefined ? null : <div className="row">{action}</div>}
    </div>
  );
}

/** What an error tells a person: what happened, the next step, and its code. */
export type Told = {
  readonly message: string;
  readonly hint?: string | undefined;
  readonly code?: string | undefined;
};

/** What happened, what to do, and the code; with the one button that tries again. */
export function ErrorState({ error, again }: { error: Told; again?: () => void }) {
  return (
    <div className="empty" role="alert">
      <span className="fg t-stop">
        <IconAlertTriangle className="i" size={20} aria-hidden />
      </span>
      <b>{error.message}</b>
      {error.hint === undefined ? null : <p>{error.hint}</p>}
      <div className="row">
        {again === undefined ? null : (
          <Button onClick={again} leftSection={<IconRefresh size={14} aria-hidden />}>
            Try again
          </Button>
        )}
        {error.code === undefined ? null : <code className="f11 t3">{error.code}</code>}
      </div>
    </div>
  );
}

/** The same in one line, beside what was tried. */
export function ErrorLine({ error }: { error: Told | undefined }) {
  if (error === undefined) return null;
  return (
    <p className="f12 fg t-stop gap" role="alert">
      <b>{error.message}</b> {error.hint}
    </p>
  );
}

/** Something is on its way. The only thing that turns. */
export function Waiting({ what }: { what: string }) {
  return (
    <output className="empty">
      <Loader size="sm" aria-hidden />
      <p>{what}</p>
    </output>
  );
}
