import { IconMapOff } from "@tabler/icons-react";
import { Link } from "@tanstack/react-router";
import { BarePage } from "../frame/bare-page.tsx";
import { EmptyState } from "../ui/states.tsx";

export function NotFound() {
  return (
    <BarePage title="No such page">
      <EmptyState
        icon={IconMapOff}
        title="There is no page here"
        action={<Link to="/">Go to the targets</Link>}
      >
        The address may be from an older version, or it belongs to something that you cannot see.
      </EmptyState>
    </BarePage>
  );
}
