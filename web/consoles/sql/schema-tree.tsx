import { ActionIcon, TextInput } from "@mantine/core";
import {
  IconBraces,
  IconCalendar,
  IconChevronDown,
  IconChevronRight,
  IconEye,
  IconFunction,
  IconHash,
  IconKey,
  IconLetterT,
  IconRefresh,
  IconSearch,
  IconStack2,
  IconTable,
  IconToggleLeft,
  type Icon,
} from "@tabler/icons-react";
import { useVirtualizer } from "@tanstack/react-virtual";
import { createElement, useMemo, useRef, useState, type KeyboardEvent } from "react";
import type { Catalog, Column, Relation } from "../../../shared/nouns/catalog.ts";
import type { UserError } from "../../api/errors.ts";
import { MaskBadge } from "../../ui/marks.tsx";
import { plural } from "../../ui/number.ts";
import { ErrorState, Waiting } from "../../ui/states.tsx";
import { schemaNodes, type SchemaNode } from "./schema-nodes.ts";

const nodePx = 24;

type Props = {
  catalog: Catalog | undefined;
  error: UserError | undefined;
  /** Classes that this person sees in clear. */
  unmask: readonly { class: string }[];
  refresh: () => void;
  /** Puts a name into the query. */
  insert: (text: string) => void;
};

/** What the target holds, as a tree with a filter. Enter or a double click puts the name into the query. */
export function SchemaTree({ catalog, error, unmask, refresh, insert }: Props) {
  const [filter, setFilter] = useState("");
  const [toggled, setToggled] = useState<ReadonlySet<string>>(new Set());
  const [current, setCurrent] = useState<string>();
  const scroller = useRef<HTMLDivElement>(null);
  const nodes = useMemo(
    () => (catalog === undefined ? [] : schemaNodes(catalog, filter, toggled)),
    [catalog, filter, toggled],
  );
  // oxlint-disable-next-line react/incompatible-library -- its own re-renders are what makes it scroll
  const rows = useVirtualizer({
    count: nodes.length,
    getScrollElement: () => scroller.current,
    estimateSize: () => nodePx,
    overscan: 20,
  });
  const relations = catalog?.relations.length ?? 0;
  const toggle = (id: string) =>
    setToggled((known) => {
      const next = new Set(known);
      if (!next.delete(id)) next.add(id);
      return next;
    });
  const at = nodes.findIndex(({ id }) => id === current);
  const go = (index: number) => {
    const node = nodes[Math.max(0, Math.min(index, nodes.length - 1))];
    if (node === undefined) return;
    setCurrent(node.id);
    rows.scrollToIndex(nodes.indexOf(node));
  };
  const onKeyDown = (event: KeyboardEvent) => {
    const node = nodes[at];
    if (event.key === "ArrowDown") go(at + 1);
    else if (event.key === "ArrowUp") go(at - 1);
    else if (event.key === "Home") go(0);
    else if (event.key === "End") go(nodes.length - 1);
    else if (node === undefined) return;
    else if (event.key === "ArrowRight" && node.open === false) toggle(node.id);
    else if (event.key === "ArrowRight") go(at + 1);
    else if (event.key === "ArrowLeft" && node.open === true) toggle(node.id);
    else if (event.key === "ArrowLeft")
      go(nodes.findLastIndex((other, index) => index < at && other.depth < node.depth));
    else if (event.key === "Enter" && node.insert !== undefined) insert(node.insert);
    else if (event.key === "Enter" || event.key === " ") toggle(node.id);
    else return;
    event.preventDefault();
  };
  return (
    <>
      <div className="bar sub">
        <TextInput
          className="sp"
          aria-label="Filter relations and columns"
          placeholder={catalog === undefined ? "Filter" : `Filter ${plural(relations, "relation")}`}
          leftSection={<IconSearch size={14} aria-hidden />}
          value={filter}
          onChange={(event) => setFilter(event.currentTarget.value)}
        />
        <ActionIcon aria-label="Read the schema again" onClick={refresh}>
          <IconRefresh size={14} aria-hidden />
        </ActionIcon>
      </div>
      <div
        className="schema-tree"
        ref={scroller}
        role="tree"
        tabIndex={0}
        aria-label="Relations and columns"
        aria-activedescendant={at < 0 ? undefined : `schema-${at}`}
        onKeyDown={onKeyDown}
      >
        {error !== undefined ? (
          <ErrorState error={error} again={refresh} />
        ) : catalog === undefined ? (
          <Waiting what="Reading what it holds" />
        ) : nodes.length === 0 ? (
          <p className="f12 t2" style={{ padding: 12 }}>
            {filter === "" ? "There is no relation that you may see." : `Nothing fits “${filter}”.`}
          </p>
        ) : (
          <div style={{ height: rows.getTotalSize(), position: "relative" }}>
            {rows.getVirtualItems().map(({ index, start }) => {
              const node = nodes[index];
              if (node === undefined) return null;
              return (
                <TreeRow
                  key={node.id}
                  id={`schema-${index}`}
                  node={node}
                  top={start}
                  on={node.id === current}
                  unmask={unmask}
                  pick={() => {
                    setCurrent(node.id);
                    if (node.open !== undefined) toggle(node.id);
                  }}
                  insert={() => (node.insert === undefined ? undefined : insert(node.insert))}
                />
              );
            })}
          </div>
        )}
      </div>
      <div className="bar sub low foot f11 t2">
        <MaskBadge name="masked" />
        <MaskBadge name="shown to you" open />
      </div>
    </>
  );
}

type RowProps = {
  id: string;
  node: SchemaNode;
  top: number;
  on: boolean;
  unmask: Props["unmask"];
  pick: () => void;
  insert: () => void;
};

function TreeRow({ id, node, top, on, unmask, pick, insert }: RowProps) {
  const Chevron = node.open === true ? IconChevronDown : IconChevronRight;
  return (
    // oxlint-disable-next-line jsx-a11y/click-events-have-key-events -- the tree has the focus and the keys
    <div
      id={id}
      role="treeitem"
      tabIndex={-1}
      aria-level={node.depth + 1}
      aria-expanded={node.open}
      aria-selected={on}
      className={on ? "node on" : "node"}
      style={{ transform: `translateY(${top}px)`, paddingLeft: 6 + node.depth * 14 }}
      onClick={pick}
      onDoubleClick={insert}
      title={node.title}
    >
      {node.open === undefined ? (
        <span style={{ width: 12, flex: "none" }} />
      ) : (
        <Chevron className="i" size={12} aria-hidden />
      )}
      {createElement(iconOf(node), { className: "i", size: 14, "aria-hidden": true })}
      <span className="n">{node.name}</span>
      {node.type === undefined ? null : <span className="ty el">{node.type}</span>}
      <span className="m">
        {node.classes.map((name) => (
          <MaskBadge key={name} name={name} open={unmask.some((each) => each.class === name)} />
        ))}
        {node.note}
      </span>
    </div>
  );
}

function iconOf(node: SchemaNode): Icon {
  if (node.kind === "schema") return IconStack2;
  if (node.kind === "function") return IconFunction;
  if (node.kind === "relation") return isView(node.relation) ? IconEye : IconTable;
  return node.column === undefined ? IconLetterT : columnIcon(node.column, node.key === true);
}

const isView = (relation: Relation | undefined) => relation?.kind === "view" || relation?.kind === "matview";

function columnIcon({ type }: Column, key: boolean): Icon {
  if (key) return IconKey;
  if (/^json/u.test(type)) return IconBraces;
  if (/^(?:date|time)/u.test(type)) return IconCalendar;
  if (/^bool/u.test(type)) return IconToggleLeft;
  if (/^(?:int|big|small|num|real|double|float|money)/u.test(type)) return IconHash;
  return IconLetterT;
}
