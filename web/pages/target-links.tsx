import { Button } from "@mantine/core";
import { IconPlus } from "@tabler/icons-react";
import { useNavigate } from "@tanstack/react-router";
import { can } from "../../shared/can/can.ts";
import { useMe } from "../api/portal.tsx";

/** The way to a new target, for those who may connect one. */
export function ConnectLink() {
  const navigate = useNavigate();
  if (!can(useMe(), "targets.edit")) return null;
  return (
    <Button
      leftSection={<IconPlus size={14} aria-hidden />}
      onClick={() => void navigate({ to: "/connect-target" })}
    >
      Connect a target
    </Button>
  );
}

/** The way to a target's settings, for those who may change them. */
export function SettingsLink({ name }: { name: string }) {
  const navigate = useNavigate();
  if (!can(useMe(), "targets.edit")) return null;
  return (
    <Button
      variant="subtle"
      color="quiet"
      aria-label={`Settings of ${name}`}
      onClick={() => void navigate({ to: "/targets/$name", params: { name } })}
    >
      Settings
    </Button>
  );
}
