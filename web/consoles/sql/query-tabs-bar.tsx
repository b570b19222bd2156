import { ActionIcon } from "@mantine/core";
import { IconFileCode, IconPlus, IconX } from "@tabler/icons-react";
import { useEffect, useRef, useState, type KeyboardEvent } from "react";
import { useInView } from "../use-in-view.ts";
import type { QueryTabs } from "./query-tabs.ts";

type Props = {
  state: QueryTabs;
  pick: (id: string) => void;
  close: (id: string) => void;
  add: () => void;
  rename: (id: string, name: string) => void;
};

/** The queries being written. A double click or F2 renames one. */
export function QueryTabsBar({ state, pick, close, add, rename }: Props) {
  const [renamed, setRenamed] = useState<string>();
  const shown = useInView<HTMLSpanElement>(state.active, state.tabs.length);
  return (
    <nav className="tabs" aria-label="Queries">
      {state.tabs.map((tab, index) => {
        const on = tab.id === state.active;
        return (
          <span className={on ? "tab on" : "tab"} key={tab.id} ref={on ? shown : undefined}>
            {renamed === tab.id ? (
              <NameField
                name={tab.name}
                done={(name) => {
                  setRenamed(undefined);
                  if (name !== "") rename(tab.id, name);
                }}
              />
            ) : (
              <button
                type="button"
                aria-current={on ? "true" : undefined}
                title={index < 9 ? `Alt ${index + 1}; F2 renames` : "F2 renames"}
                onClick={() => pick(tab.id)}
                onDoubleClick={() => setRenamed(tab.id)}
                onKeyDown={(event) => {
                  if (event.key === "F2") setRenamed(tab.id);
                }}
              >
                <IconFileCode className="i" size={14} aria-hidden />
                {tab.name}
              </button>
            )}
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
      <ActionIcon className="more" aria-label="New query" onClick={add}>
        <IconPlus size={14} aria-hidden />
      </ActionIcon>
    </nav>
  );
}

const longestName = 60;

/** In the name's place: Enter or leaving it keeps what is written, Esc what was. */
function NameField({ name, done }: { name: string; done: (name: string) => void }) {
  const field = useRef<HTMLInputElement>(null);
  useEffect(() => {
    field.current?.focus();
    field.current?.select();
  }, []);
  const onKeyDown = ({ key, currentTarget }: KeyboardEvent<HTMLInputElement>) => {
    if (key === "Escape") currentTarget.value = name;
    if (key === "Escape" || key === "Enter") currentTarget.blur();
  };
  return (
    <input
      ref={field}
      className="rename"
      aria-label="Name of the query"
      defaultValue={name}
      maxLength={longestName}
      onKeyDown={onKeyDown}
      onBlur={({ currentTarget }) => done(currentTarget.value.trim())}
    />
  );
}
