import { Button } from "@mantine/core";
import { IconBell } from "@tabler/icons-react";
import { turnNoticesOn, useNotices } from "./notices.ts";

/** Offered where something is waited for, and gone once it was answered either way. */
export function NoticesButton({ quiet = false }: { quiet?: boolean }) {
  if (useNotices() !== "off") return null;
  return (
    <Button
      {...(quiet && { variant: "subtle", color: "quiet" })}
      leftSection={<IconBell size={14} aria-hidden />}
      onClick={() => void turnNoticesOn()}
    >
      Turn on notifications
    </Button>
  );
}
