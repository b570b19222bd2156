import { Button, TextInput } from "@mantine/core";
import { IconSearch } from "@tabler/icons-react";
import { useState } from "react";
import type { Block } from "../../shared/nouns/block.ts";
import { Visible } from "../ui/code.tsx";
import { VerdictMark } from "../ui/verdict.tsx";
import { At } from "../ui/time.tsx";
import { shortId } from "./people-words.ts";

/** Of more there is a field to find somebody in, and a button that goes on. */
const shownAtOnce = 50;

/** Who is blocked, by whom, why and since when; and the way back. */
export function BlockedList({ blocks, give }: { blocks: readonly Block[]; give: (block: Block) => void }) {
  const [filter, setFilter] = useState("");
  const [most, setMost] = useState(shownAtOnce);
  const word = filter.trim().toLowerCase();
  const fitting = blocks.filter(({ subject, reason, by }) =>
    [subject, reason, by].some((text) => text.toLowerCase().includes(word)),
  );
  return (
    <>
      {blocks.length > shownAtOnce ? (
        <TextInput
          className="filter"
          aria-label="Filter by name, reason or administrator"
          placeholder="Filter"
          leftSection={<IconSearch size={14} aria-hidden />}
          value={filter}
          onChange={(event) => setFilter(event.currentTarget.value)}
        />
      ) : null}
      <ul aria-label="Access taken back">
        {fitting.slice(0, most).map((block) => (
          <li key={block.id} className="person">
            <VerdictMark verdict="blocked" size={16} />
            <b className="who" title={block.subject}>
              <Visible text={shortId(block.subject)} />
            </b>
            <span className="why">
              <Visible text={block.reason} />
            </span>
            <span className="f12 t2 since">
              by <Visible text={shortId(block.by)} />, <At time={block.at} />
            </span>
            <Button aria-label={`Give access to ${shortId(block.subject)} again`} onClick={() => give(block)}>
              Give again
            </Button>
          </li>
        ))}
      </ul>
      {fitting.length > most ? (
        <div className="more-row">
          <Button onClick={() => setMost(most + shownAtOnce)}>Show more of {fitting.length}</Button>
        </div>
      ) : null}
      {fitting.length === 0 ? <p className="f12 t2">Nobody fits “{filter.trim()}”.</p> : null}
    </>
  );
}
