import { ActionIcon, TextInput } from "@mantine/core";
import { IconChevronDown, IconChevronUp, IconX } from "@tabler/icons-react";
import { useEffect, useRef, useState } from "react";
import { useScheme } from "../../frame/scheme.ts";
import { count } from "../../ui/number.ts";
import type { LivingTerminal } from "./living-terminal.ts";
import { searchColours } from "./theme.ts";

/** Looks for words in what a terminal has shown. Enter goes back in time, as one reads a terminal upwards. */
export function FindBar({ living, close }: { living: LivingTerminal; close: () => void }) {
  const { search } = living.xterm;
  const { dark } = useScheme();
  const field = useRef<HTMLInputElement>(null);
  const [words, setWords] = useState("");
  const [found, setFound] = useState<{ at: number; of: number }>();
  useEffect(() => {
    field.current?.focus();
    const results = search.onDidChangeResults(({ resultIndex, resultCount }) =>
      setFound({ at: resultIndex + 1, of: resultCount }),
    );
    return () => {
      results.dispose();
      search.clearDecorations();
    };
  }, [search]);
  const look = (text: string, back: boolean) => {
    const options = { decorations: searchColours(dark ? "dark" : "light"), incremental: text !== words };
    if (text === "") search.clearDecorations();
    else if (back) search.findPrevious(text, options);
    else search.findNext(text, options);
  };
  return (
    <search className="term-find">
      <TextInput
        ref={field}
        w={200}
        aria-label="Find in this terminal"
        placeholder="Find in this terminal"
        value={words}
        onChange={({ currentTarget: { value } }) => {
          look(value, true);
          setWords(value);
        }}
        onKeyDown={(event) => {
          if (event.key === "Enter") look(words, !event.shiftKey);
          else if (event.key === "Escape") close();
          else return;
          event.preventDefault();
        }}
      />
      <output className="f11 t2 nw">
        {words === "" || found === undefined
          ? ""
          : found.of === 0
            ? "not found"
            : `${count(found.at)} of ${count(found.of)}`}
      </output>
      <ActionIcon aria-label="The one before" onClick={() => look(words, true)}>
        <IconChevronUp size={14} aria-hidden />
      </ActionIcon>
      <ActionIcon aria-label="The one after" onClick={() => look(words, false)}>
        <IconChevronDown size={14} aria-hidden />
      </ActionIcon>
      <ActionIcon aria-label="Close the search" onClick={close}>
        <IconX size={14} aria-hidden />
      </ActionIcon>
    </search>
  );
}
