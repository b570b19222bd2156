import "./rows-table.css";
import type { ResultColumn, Row } from "../../shared/nouns/command.ts";
import { Visible } from "./code.tsx";
import { MaskBadge } from "./marks.tsx";
import { Scroller } from "./scroller.tsx";

const numeric =
  /^(?:int\d?|integer|smallint|bigint|numeric|decimal|real|double precision|float\d?|money|oid)\b/u;
/** Of one value; longer ones say that they go on. */
const shownCharacters = 240;

/** A handful of rows as they were seen: masked columns violet, nothing to edit or select. */
export function RowsTable({
  columns,
  rows,
  label,
  numbered = false,
}: {
  columns: readonly ResultColumn[];
  rows: readonly Row[];
  label: string;
  numbered?: boolean;
}) {
  const cellClass = ({ masked, type }: ResultColumn) =>
    [masked === true ? "m" : "", numeric.test(type) ? "num" : ""].filter(Boolean).join(" ");
  return (
    <Scroller className="rows" label={label}>
      <table>
        <thead>
          <tr>
            {numbered ? (
              <th className="rn" scope="col">
                <span aria-hidden>#</span>
                <span className="vh">Row</span>
              </th>
            ) : null}
            {columns.map((column, index) => (
              <th key={index} scope="col" className={numeric.test(column.type) ? "num" : ""}>
                <span className="hm">
                  <Visible text={column.name} />
                  {column.class === undefined ? null : (
                    <MaskBadge name={column.class} open={column.masked !== true} />
                  )}
                </span>
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {rows.map((row, index) => (
            <tr key={index}>
              {numbered ? <td className="rn">{index + 1}</td> : null}
              {columns.map((column, at) => (
                <td key={at} className={cellClass(column)}>
                  <Value text={row[at] ?? null} />
                </td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </Scroller>
  );
}

function Value({ text }: { text: string | null }) {
  if (text === null) return <i className="t3">null</i>;
  const line = text.length > shownCharacters ? `${text.slice(0, shownCharacters)}…` : text;
  return <Visible text={line.replace(/\r?\n/gu, " ↵ ")} />;
}
