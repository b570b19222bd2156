import { IconDatabase, IconTerminal2, type Icon } from "@tabler/icons-react";
import type { TargetKind } from "../../shared/nouns/target.ts";

const icons: Record<TargetKind, Icon> = { postgres: IconDatabase, ssh: IconTerminal2 };

/** What sort of thing is reached: a database, a host. Stands beside its name, which says the same in words. */
export function KindIcon({ kind, size = 14 }: { kind: TargetKind; size?: number }) {
  const Mark = icons[kind];
  return <Mark size={size} aria-hidden />;
}
