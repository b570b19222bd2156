import { Menu } from "@mantine/core";
import { IconCopy } from "@tabler/icons-react";
import { count, plural } from "../../ui/number.ts";
import type { ChunkStore } from "./chunk-store.ts";
import { cellsIn, copyFormats, rowsIn, wholeOf, type CopyFormat, type Rectangle } from "./copy-cells.ts";

/** A clipboard is no place for more: that is what exports are for. */
const maxRows = 10_000;

const words: Record<CopyFormat, string> = {
  text: "As text for a spreadsheet",
  csv: "As CSV",
  json: "As JSON",
  sql: "As SQL values",
};

/** Copies the cells that are selected; where it is one alone, all rows. */
export function CopyMenu({
  store,
  selected,
  copy,
}: {
  store: ChunkStore;
  selected: Rectangle | undefined;
  copy: (format: CopyFormat, cells: Rectangle) => void;
}) {
  const some = selected !== undefined && cellsIn(selected) > 1;
  const cells = some ? selected : wholeOf(store);
  const tooMany = rowsIn(cells) > maxRows;
  return (
    <Menu position="bottom-end">
      <Menu.Target>
        <button type="button" className="linkbtn f12 nophone" disabled={store.rowCount === 0}>
          <IconCopy size={14} aria-hidden />
          Copy
        </button>
      </Menu.Target>
      <Menu.Dropdown>
        <Menu.Label>
          {tooMany
            ? `At most ${count(maxRows)} rows; export has all of them`
            : some
              ? plural(cellsIn(cells), "selected cell")
              : store.rowCount === 1
                ? "The row"
                : `All ${plural(store.rowCount, "row")}`}
        </Menu.Label>
        {copyFormats.map((format) => (
          <Menu.Item key={format} disabled={tooMany} onClick={() => copy(format, cells)}>
            {words[format]}
          </Menu.Item>
        ))}
      </Menu.Dropdown>
    </Menu>
  );
}
