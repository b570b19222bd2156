import { ActionIcon, Menu } from "@mantine/core";
import { IconPlus, IconSearch, IconX } from "@tabler/icons-react";
import { useEffect, useRef, useState, type KeyboardEvent } from "react";
import { pressedLetter } from "../frame/letters.ts";
import { KeyHint } from "../ui/key-hint.tsx";
import { chipFields, localDay, takeChips, type AuditSearch, type ChipField } from "./audit-search.ts";

/** Typing waits this long before it searches. */
const pauseMs = 300;

const today = () => localDay(new Date());

/** Words and filters: a filter is typed as `target:shop`, or picked, and becomes a chip. */
export function SearchBox({
  search,
  change,
}: {
  search: AuditSearch;
  change: (search: AuditSearch) => void;
}) {
  const [text, setText] = useState(search.q ?? "");
  const field = useRef<HTMLInputElement>(null);
  const latest = useRef({ search, change });
  useEffect(() => {
    latest.current = { search, change };
  });
  useEffect(() => {
    const timer = setTimeout(() => {
      const { search: now, change: tell } = latest.current;
      const q = takeChips(text, today()).rest.trim();
      if (q !== (now.q ?? "")) tell({ ...now, q: q === "" ? undefined : q });
    }, pauseMs);
    return () => clearTimeout(timer);
  }, [text]);
  useEffect(() => {
    const onKey = (event: globalThis.KeyboardEvent) => {
      if (pressedLetter(event) !== "/") return;
      event.preventDefault();
      field.current?.focus();
    };
    window.addEventListener("keydown", onKey);
    return () => window.removeEventListener("keydown", onKey);
  }, []);
  const given = chipFields.flatMap(({ field: name }) => {
    const value = search[name];
    return value === undefined ? [] : [{ name, value }];
  });
  const drop = (name: ChipField) => {
    change({ ...search, [name]: undefined });
    field.current?.focus();
  };
  const take = (typed: string) => {
    const { chips, rest } = takeChips(typed, today());
    if (Object.keys(chips).length > 0) {
      change({ ...search, ...chips, q: rest.trim() === "" ? undefined : rest.trim() });
      setText(rest);
    } else setText(typed);
  };
  const onKeyDown = (event: KeyboardEvent<HTMLInputElement>) => {
    const last = given.at(-1);
    if (event.key === "Enter") take(text);
    else if (event.key === "Backspace" && text === "" && last !== undefined) drop(last.name);
    else if (event.key === "Escape") event.currentTarget.blur();
  };
  return (
    <search className="srch">
      <div className="sb">
        <IconSearch className="i" size={16} aria-hidden />
        {given.map(({ name, value }) => (
          <span className="tok" key={name}>
            <span className="t2">{name}</span>
            {value}
            <button type="button" aria-label={`Remove ${name} ${value}`} onClick={() => drop(name)}>
              <IconX size={13} aria-hidden />
            </button>
          </span>
        ))}
        <input
          ref={field}
          type="search"
          aria-label="Search in commands"
          placeholder={
            given.length === 0
              ? "Words of a command, or target:shop verdict:held actor:name since:2026-11-01"
              : "Words of a command"
          }
          value={text}
          maxLength={200}
          // A complete filter becomes a chip as soon as a space follows it.
          onChange={({ currentTarget: { value } }) => (value.endsWith(" ") ? take(value) : setText(value))}
          onKeyDown={onKeyDown}
        />
        <KeyHint keys={["/"]} />
        <Menu position="bottom-end" width={260}>
          <Menu.Target>
            <ActionIcon aria-label="Add a filter">
              <IconPlus size={16} aria-hidden />
            </ActionIcon>
          </Menu.Target>
          <Menu.Dropdown>
            <Menu.Label>Filters, typed as words</Menu.Label>
            {chipFields.map(({ field: name, word, example }) => (
              <Menu.Item
                key={name}
                rightSection={<code className="f11 t3">{example}</code>}
                onClick={() => {
                  setText(`${text === "" || text.endsWith(" ") ? text : `${text} `}${name}:`);
                  requestAnimationFrame(() => field.current?.focus());
                }}
              >
                {word}
              </Menu.Item>
            ))}
          </Menu.Dropdown>
        </Menu>
      </div>
    </search>
  );
}
