import { createSpotlight, Spotlight, type SpotlightActionGroupData } from "@mantine/spotlight";
import { IconHistory, IconSearch } from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import { useNavigate } from "@tanstack/react-router";
import { useEffect, useState } from "react";
import { listTargets } from "../api/calls.ts";
import { useApi, useMe } from "../api/portal.tsx";
import { KeyHint } from "../ui/key-hint.tsx";
import { KindIcon } from "../ui/kind-icon.tsx";
import { useRegisteredActions } from "./actions.ts";
import { holdKeys } from "./held-keys.ts";
import { placesFor } from "./navigation.ts";

const field = "palette";
const [store, { open, close }] = createSpotlight();
let release = () => {};

/** The keys that follow are the palette's, from now on: not those of whatever has the focus until it is there. */
export function openPalette(): void {
  if (store.getState().opened) return;
  open();
  release();
  release = holdKeys({ field, leave: close });
}

const shownActions = 40;

/** Ctrl K: what can be done here, then where one can go: places, targets, and sessions by a word of their commands. */
export function Palette() {
  const api = useApi();
  const actions = useRegisteredActions();
  const navigate = useNavigate();
  const places = placesFor(useMe());
  const [query, setQuery] = useState("");
  useEffect(() => () => release(), []);
  const q = query.trim();
  const targets = useQuery({ queryKey: ["targets"], queryFn: ({ signal }) => listTargets(api, signal) });
  const reachable = (targets.data ?? []).filter(({ mayOpen, disabled }) => mayOpen && !disabled);
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
      actions: [
        ...places.map(({ to, word, icon: Icon, key }) => ({
          id: to,
          label: word,
          leftSection: <Icon size={14} aria-hidden />,
          rightSection: <KeyHint keys={["G", key.toUpperCase()]} />,
          onClick: () => void navigate({ to }),
        })),
        ...reachable.map(({ name, kind }) => ({
          id: `open ${name}`,
          label: `Open ${name}`,
          leftSection: <KindIcon kind={kind} />,
          onClick: () => void navigate({ to: "/targets", search: { open: name } }),
        })),
        ...(q === ""
          ? []
          : [
              {
                id: "find sessions",
                label: `Sessions with “${q}”`,
                leftSection: <IconHistory size={14} aria-hidden />,
                onClick: () => void navigate({ to: "/audit", search: { q } }),
              },
            ]),
      ],
    },
  ];
  return (
    <Spotlight
      store={store}
      onSpotlightClose={() => release()}
      actions={groups.filter((group) => group.actions.length > 0)}
      query={query}
      onQueryChange={setQuery}
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
        id: field,
      }}
    />
  );
}
