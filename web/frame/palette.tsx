import { Spotlight, spotlight, type SpotlightActionGroupData } from "@mantine/spotlight";
import { IconSearch } from "@tabler/icons-react";
import { useNavigate } from "@tanstack/react-router";
import { useMe } from "../api/portal.tsx";
import { KeyHint } from "../ui/key-hint.tsx";
import { useRegisteredActions } from "./actions.ts";
import { placesFor } from "./navigation.ts";

export const openPalette = spotlight.open;

const shownActions = 40;

/** Ctrl K: what can be done here, then where one can go. */
export function Palette() {
  const actions = useRegisteredActions();
  const navigate = useNavigate();
  const places = placesFor(useMe());
  const groups: SpotlightActionGroupData[] = [
    {
      group: "Do",
      actions: actions.map(({ id, label, description, icon: Icon, keys, run }) => ({
        id,
        label,
        description,
        leftSection: <Icon size={14} aria-hidden />,
        rightSection: keys === undefined ? undefined : <KeyHint keys={keys} />,
        onClick: run,
      })),
    },
    {
      group: "Go to",
      actions: places.map(({ to, word, icon: Icon, key }) => ({
        id: to,
        label: word,
        leftSection: <Icon size={14} aria-hidden />,
        rightSection: <KeyHint keys={["G", key.toUpperCase()]} />,
        onClick: () => void navigate({ to }),
      })),
    },
  ];
  return (
    <Spotlight
      actions={groups.filter((group) => group.actions.length > 0)}
      shortcut={null}
      attributes={{ content: { "aria-label": "Search or do anything" } }}
      overlayProps={{ blur: 0, backgroundOpacity: 1 }}
      limit={shownActions}
      scrollable
      maxHeight={420}
      nothingFound="Nothing fits. Try another word."
      searchProps={{
        leftSection: <IconSearch size={16} aria-hidden />,
        placeholder: "Search or do anything",
        "aria-label": "Search or do anything",
      }}
    />
  );
}
