import { IconDownload } from "@tabler/icons-react";
import { useEffect, useState } from "react";
import { plural } from "../../ui/number.ts";
import { duration } from "../../ui/time.tsx";
import type { CopyFormat, Rectangle } from "./copy-cells.ts";
import { CopyMenu } from "./copy-menu.tsx";
import { toCsv } from "./csv.ts";
import type { ResultSet, Run } from "./runs.ts";

/** How long what was said stands in the facts' place. */
const saidMs = 2500;

/** What was done with the rows, for a moment. */
export function useSaid(): [said: string, say: (words: string) => void] {
  const [said, say] = useState("");
  useEffect(() => {
    if (said === "") return undefined;
    const timer = setTimeout(() => say(""), saidMs);
    return () => clearTimeout(timer);
  }, [said]);
  return [said, say];
}

/** What a result is and took, and the ways out for its rows. */
export function ResultFacts({
  result,
  run,
  said,
  selected,
  copy,
}: {
  result: ResultSet;
  run: Run;
  said: string;
  selected: Rectangle | undefined;
  copy: (format: CopyFormat, cells: Rectangle) => void;
}) {
  const parts = [
    `${plural(result.store.rowCount, "row")}${result.truncated === true ? ", more exist" : ""}`,
    run.timing === undefined ? "" : duration(run.timing.totalMs),
    run.timing === undefined ? "" : `gate ${duration(run.timing.gateMs)}`,
  ];
  return (
    <>
      <span className="f12 t2 nophone facts" aria-hidden={said !== ""}>
        {said === "" ? parts.filter((part) => part !== "").join(" · ") : said}
      </span>
      <output className="vh">{said}</output>
      <CopyMenu store={result.store} selected={selected} copy={copy} />
      <button
        type="button"
        className="linkbtn f12"
        disabled={result.store.rowCount === 0}
        onClick={() => save(result, run)}
      >
        <IconDownload size={14} aria-hidden />
        Export CSV
      </button>
    </>
  );
}

/** The shown rows as a file, masked as they are shown; formulas are made inert. */
function save(result: ResultSet, run: Run): void {
  const url = URL.createObjectURL(new Blob([toCsv(result.store)], { type: "text/csv;charset=utf-8" }));
  const link = document.createElement("a");
  link.href = url;
  link.download = `run-${run.number}-result-${result.statement + 1}.csv`;
  link.click();
  URL.revokeObjectURL(url);
}
