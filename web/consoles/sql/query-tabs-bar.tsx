import { ActionIcon } from "@mantine/core";
import { IconFileCode, IconPlus, IconX } from "@tabler/icons-react";
import type { QueryTabs } from "./query-tabs.ts";

type Props = {
  state: QueryTabs;
  pick: (id: string) => void;
  close: (id: string) => void;
  add: () => void;
  rename: (id: string, name: string) => void;
};

/** The queries being written. A double click renames one. */
export function QueryTabsBar({ state, pick, close, add, rename }: Props) {
  return (
    <nav className="tabs" aria-label="Queries">
      {state.tabs.map((tab, index) => {
        const on = tab.id === state.active;
        return (
          <span className={on ? "tab on" : "tab"} key={tab.id}>
            <button
              type="button"
              aria-current={on ? "true" : undefined}
              title={index < 9 ? `Alt ${index + 1}` : undefined}
              onClick={() => pick(tab.id)}
              onDoubleClick={() => {
                const name = window.prompt("Name of the query", tab.name)?.trim();
                if (name !== undefined && name !== "") rename(tab.id, name);
              }}
            >
              <IconFileCode className="i" size={14} aria-hidden />
              {tab.name}
            </button>
            {on ? (
              <button
                type="button"
                className="x"
                aria-label={`Close ${tab.name}`}
                onClick={() => close(tab.id)}
              >
                <IconX size={12} aria-hidden />
              </button>
            ) : null}
          </span>
        );
      })}
      <ActionIcon aria-label="New query" onClick={add} style={{ alignSelf: "center" }}>
        <IconPlus size={14} aria-hidden />
      </ActionIcon>
    </nav>
  );
}
