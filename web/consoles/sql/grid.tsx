/* oxlint-disable jsx-a11y/prefer-tag-over-role -- a virtual grid places its rows, which a table would lay out */
import { useVirtualizer } from "@tanstack/react-virtual";
import {
  useEffect,
  useId,
  useMemo,
  useRef,
  useState,
  type KeyboardEvent,
  type PointerEvent as ReactPointerEvent,
} from "react";
import type { ResultColumn } from "../../../shared/nouns/command.ts";
import { Visible } from "../../ui/code.tsx";
import { characterName, visibleParts } from "../../ui/invisible.ts";
import { MaskBadge } from "../../ui/marks.tsx";
import { count } from "../../ui/number.ts";
import type { ChunkStore } from "./chunk-store.ts";
import { rectangle, type Cell, type Rectangle } from "./copy-cells.ts";
import type { ResultSet } from "./runs.ts";
import { ValueDialog } from "./value-dialog.tsx";

const numberColumnPx = 46;
const minColumnPx = 48;
const maxColumnPx = 420;
const characterPx = 7.5;
const paddingPx = 22;
const badgePx = 34;
const measuredRows = 60;
/** Of one cell's text in the grid; all of it is in the dialog and the clipboard. */
const shownCharacters = 300;
/** Taller boxes than this break in browsers; the limits that one can choose stay below. */
const maxShownRows = 500_000;
const numeric =
  /^(?:int\d?|integer|smallint|bigint|numeric|decimal|real|double precision|float\d?|money|oid)\b(?!\[)/u;

/**
 * Rows as a virtual `grid`: arrows, Page, Home and End move; Shift and dragging select; Ctrl C copies; Enter shows the
 * whole value.
 * The focus stays on the grid, `aria-activedescendant` names the cell.
 */
export function ResultGrid({
  result,
  label,
  onSelect,
  copy,
}: {
  result: ResultSet;
  label: string;
  onSelect: (cells: Rectangle) => void;
  copy: (cells: Rectangle) => void;
}) {
  const { store } = result;
  const id = useId();
  const scroller = useRef<HTMLDivElement>(null);
  const rowPx = useRowHeight();
  const [focus, setFocus] = useState<Cell>({ row: 0, column: 0 });
  const [anchor, setAnchor] = useState<Cell>({ row: 0, column: 0 });
  const [opened, setOpened] = useState<Cell>();
  const [resized, setResized] = useState<Readonly<Record<number, number>>>({});
  const rowCount = Math.min(store.rowCount, maxShownRows);
  const hasRows = rowCount > 0;
  const rowsToMeasure = Math.min(store.rowCount, measuredRows);
  const measured = useMemo(
    () => store.columns.map((column, index) => widthOf(column, sample(store, index, rowsToMeasure))),
    [store, rowsToMeasure],
  ); // eslint-disable-line react/exhaustive-deps -- widths are measured once rows are there, and once all are
  const width = (column: number) => resized[column] ?? measured[column] ?? minColumnPx;
  // oxlint-disable-next-line react/incompatible-library -- its own re-renders are what makes it scroll
  const rows = useVirtualizer({
    count: rowCount,
    getScrollElement: () => scroller.current,
    estimateSize: () => rowPx,
    overscan: 12,
  });
  // oxlint-disable-next-line react/incompatible-library -- its own re-renders are what makes it scroll
  const columns = useVirtualizer({
    horizontal: true,
    count: store.columns.length,
    getScrollElement: () => scroller.current,
    estimateSize: width,
    overscan: 3,
  });
  useEffect(() => rows.measure(), [rows, rowPx]);
  useEffect(() => columns.measure(), [columns, resized, measured]);

  const select = (from: Cell, to: Cell) => {
    setAnchor(from);
    setFocus(to);
    onSelect(rectangle(from, to));
  };
  const go = (to: Cell, extend: boolean) => {
    const next = { row: clamp(to.row, rowCount), column: clamp(to.column, store.columns.length) };
    select(extend ? anchor : next, next);
    rows.scrollToIndex(next.row);
    columns.scrollToIndex(next.column);
  };
  const onKeyDown = (event: KeyboardEvent) => {
    const page = Math.max(1, Math.floor((scroller.current?.clientHeight ?? 0) / rowPx) - 2);
    const end = event.ctrlKey || event.metaKey;
    const moves: Record<string, Cell> = {
      ArrowUp: { row: focus.row - 1, column: focus.column },
      ArrowDown: { row: focus.row + 1, column: focus.column },
      ArrowLeft: { row: focus.row, column: focus.column - 1 },
      ArrowRight: { row: focus.row, column: focus.column + 1 },
      PageUp: { row: focus.row - page, column: focus.column },
      PageDown: { row: focus.row + page, column: focus.column },
      Home: { row: end ? 0 : focus.row, column: 0 },
      End: { row: end ? rowCount - 1 : focus.row, column: store.columns.length - 1 },
    };
    const move = moves[event.key];
    if (move !== undefined) go(move, event.shiftKey);
    else if (event.key === "Enter") setOpened(focus);
    else if (end && event.key.toLowerCase() === "c") copy(rectangle(anchor, focus));
    else if (end && event.key.toLowerCase() === "a")
      select({ row: 0, column: 0 }, { row: rowCount - 1, column: store.columns.length - 1 });
    else return;
    event.preventDefault();
  };
  const { from, to } = rectangle(anchor, focus);
  const inside = ({ row, column }: Cell) =>
    row >= from.row && row <= to.row && column >= from.column && column <= to.column;
  const spread = anchor.row !== focus.row || anchor.column !== focus.column;

  return (
    <>
      <div
        className="grid"
        role="grid"
        tabIndex={0}
        ref={scroller}
        aria-label={label}
        aria-rowcount={store.rowCount + 1}
        aria-colcount={store.columns.length}
        aria-activedescendant={hasRows ? `${id}-${focus.row}-${focus.column}` : undefined}
        aria-multiselectable
        onKeyDown={onKeyDown}
      >
        <div
          className="grid-inner"
          style={{
            width: numberColumnPx + columns.getTotalSize(),
            height: `calc(var(--grid-head) + ${rows.getTotalSize()}px)`,
          }}
        >
          <div className="grid-head" role="row" aria-rowindex={1}>
            <span className="rn" style={{ width: numberColumnPx }} aria-hidden>
              #
            </span>
            {columns.getVirtualItems().map(({ index, start, size }) => {
              const column = store.columns[index];
              return column === undefined ? null : (
                <HeadCell
                  key={index}
                  column={column}
                  index={index}
                  left={numberColumnPx + start}
                  width={size}
                  onResize={(px) => setResized((all) => ({ ...all, [index]: px }))}
                />
              );
            })}
          </div>
          {rows.getVirtualItems().map(({ index: row, start: top }) => (
            <div
              className={row === focus.row ? "grid-row on" : "grid-row"}
              role="row"
              key={row}
              aria-rowindex={row + 2}
              style={{ transform: `translateY(${top}px)`, height: rowPx }}
            >
              <span className="rn" style={{ width: numberColumnPx }} aria-hidden>
                {count(row + 1)}
              </span>
              {columns.getVirtualItems().map(({ index: column, start, size }) => {
                const value = store.cell(row, column);
                const about = store.columns[column];
                const here = row === focus.row && column === focus.column;
                const picked = spread && inside({ row, column });
                const classes = [
                  "cell",
                  about?.masked === true ? "m" : "",
                  about !== undefined && numeric.test(about.type) ? "num" : "",
                  here ? "foc" : "",
                  picked ? "sel" : "",
                ];
                return (
                  <span
                    key={column}
                    id={`${id}-${row}-${column}`}
                    role="gridcell"
                    tabIndex={-1}
                    aria-colindex={column + 1}
                    aria-selected={here || picked}
                    className={classes.filter(Boolean).join(" ")}
                    style={{ left: numberColumnPx + start, width: size }}
                    onPointerDown={(event) => go({ row, column }, event.shiftKey)}
                    onPointerEnter={({ buttons, pointerType }) => {
                      if (buttons === 1 && pointerType === "mouse") go({ row, column }, true);
                    }}
                    onDoubleClick={() => setOpened({ row, column })}
                  >
                    {value === null ? <i className="nul">null</i> : <CellText text={value ?? ""} />}
                  </span>
                );
              })}
            </div>
          ))}
        </div>
      </div>
      {result.rowCount === 0 ? <p className="f12 t2 no-rows">It ran and gave no rows.</p> : null}
      {/* Beside the grid: keys pressed in the dialog are not the grid's. */}
      {opened === undefined ? null : (
        <ValueDialog
          column={store.columns[opened.column]}
          row={opened.row}
          value={store.cell(opened.row, opened.column) ?? null}
          close={() => {
            setOpened(undefined);
            scroller.current?.focus();
          }}
        />
      )}
    </>
  );
}

/**
 * One line of a value; characters that cannot be seen stand there as their names. Spaces alone are marked: empty text
 * shows nothing.
 */
function CellText({ text }: { text: string }) {
  if (/^ +$/u.test(text))
    return <span className="t3">{"␣".repeat(Math.min(text.length, shownCharacters))}</span>;
  const line = text.length > shownCharacters ? `${text.slice(0, shownCharacters)}…` : text;
  return <Visible text={line.replace(/\r?\n/gu, " ↵ ")} />;
}

function HeadCell({
  column,
  index,
  left,
  width,
  onResize,
}: {
  column: ResultColumn;
  index: number;
  left: number;
  width: number;
  onResize: (px: number) => void;
}) {
  const start = (event: ReactPointerEvent<HTMLSpanElement>) => {
    event.preventDefault();
    const from = event.clientX;
    const grip = event.currentTarget;
    grip.setPointerCapture(event.pointerId);
    const move = (moved: PointerEvent) => onResize(Math.max(minColumnPx, width + moved.clientX - from));
    grip.addEventListener("pointermove", move);
    grip.addEventListener("lostpointercapture", () => grip.removeEventListener("pointermove", move), {
      once: true,
    });
  };
  return (
    <span
      className={numeric.test(column.type) ? "th num" : "th"}
      role="columnheader"
      tabIndex={-1}
      aria-colindex={index + 1}
      style={{ left, width }}
      title={`${column.name}: ${column.type}`}
    >
      <span className="hm">
        <span className="el">
          <Visible text={column.name} />
        </span>
        {column.class === undefined ? null : <MaskBadge name={column.class} open={column.masked !== true} />}
      </span>
      <small className="el">{column.type}</small>
      <span className="grip" aria-hidden onPointerDown={start} />
    </span>
  );
}

function useRowHeight(): number {
  const [px, setPx] = useState(() => readRowHeight());
  useEffect(() => {
    const coarse = window.matchMedia("(pointer: coarse)");
    const read = () => setPx(readRowHeight());
    coarse.addEventListener("change", read);
    return () => coarse.removeEventListener("change", read);
  }, []);
  return px;
}

const readRowHeight = () =>
  Number.parseInt(getComputedStyle(document.documentElement).getPropertyValue("--sl-row"), 10) || 26;

const clamp = (value: number, length: number) => Math.max(0, Math.min(value, length - 1));

function sample(store: ChunkStore, column: number, rows: number): (string | null)[] {
  return Array.from({ length: rows }, (_, row) => store.cell(row, column) ?? null);
}

function widthOf({ name, type, class: dataClass }: ResultColumn, values: readonly (string | null)[]): number {
  const head =
    name.length * characterPx + (dataClass === undefined ? 0 : badgePx + dataClass.length * characterPx);
  const longest = Math.max(
    type.length * characterPx,
    ...values.map((value) => charactersOf(value) * characterPx),
  );
  return Math.round(Math.min(maxColumnPx, Math.max(minColumnPx, head + paddingPx, longest + paddingPx)));
}

/** As they are shown: what cannot be seen is as long as its name. */
const charactersOf = (value: string | null): number =>
  value === null
    ? "null".length
    : visibleParts(value.slice(0, shownCharacters)).reduce(
        (sum, { text, hidden }) => sum + (hidden ? characterName(text).length : text.length),
        0,
      );
