import { ActionIcon, Button, Modal, TextInput } from "@mantine/core";
import { IconPlus, IconTrash } from "@tabler/icons-react";
import { useState } from "react";
import type { MaskRule } from "../../shared/nouns/catalog.ts";
import { plural } from "../ui/number.ts";
import { MaskFields } from "./mask-fields.tsx";

type JsonRule = Extract<MaskRule, { kind: "json" }>;
type Row = { path: string; rule: JsonRule["paths"][string] };

/** The paths of a document that are hidden, each in its own way. */
export function JsonPaths({
  rule,
  of,
  change,
}: {
  rule: JsonRule;
  of: string;
  change: (rule: JsonRule) => void;
}) {
  const [rows, setRows] = useState<Row[]>();
  const open = () => setRows(Object.entries(rule.paths).map(([path, inner]) => ({ path, rule: inner })));
  const set = (at: number, to: Partial<Row>) =>
    setRows(rows?.map((row, index) => (index === at ? { ...row, ...to } : row)));
  const done = () => {
    const named = (rows ?? []).filter(({ path }) => path.trim() !== "");
    change({ kind: "json", paths: Object.fromEntries(named.map((row) => [row.path.trim(), row.rule])) });
    setRows(undefined);
  };
  return (
    <>
      <Button aria-label={`Paths of ${of}`} onClick={open}>
        {plural(Object.keys(rule.paths).length, "path")}
      </Button>
      <Modal
        opened={rows !== undefined}
        onClose={() => setRows(undefined)}
        title={`Hidden in ${of}`}
        size={560}
      >
        <p className="f12 t2">
          Paths such as <code>address.street</code>, <code>phones[*].number</code> or <code>[*].name</code>;
          all else stays as it is.
        </p>
        <ul className="col g8 gap">
          {(rows ?? []).map((row, at) => (
            <li className="row g6" key={at}>
              <TextInput
                className="sp mono"
                aria-label={`Path ${at + 1}`}
                value={row.path}
                onChange={(event) => set(at, { path: event.currentTarget.value })}
              />
              <MaskFields
                rule={row.rule}
                of={row.path === "" ? `path ${at + 1}` : row.path}
                inside
                change={(inner) => inner.kind !== "json" && set(at, { rule: inner })}
              />
              <ActionIcon
                aria-label={`Remove ${row.path === "" ? `path ${at + 1}` : row.path}`}
                onClick={() => setRows(rows?.filter((_, index) => index !== at))}
              >
                <IconTrash size={14} aria-hidden />
              </ActionIcon>
            </li>
          ))}
        </ul>
        <div className="row g8 buttons">
          <Button
            leftSection={<IconPlus size={14} aria-hidden />}
            onClick={() => setRows([...(rows ?? []), { path: "", rule: { kind: "redact" } }])}
          >
            New path
          </Button>
          <span className="sp" />
          <Button variant="filled" onClick={done}>
            Take these
          </Button>
        </div>
      </Modal>
    </>
  );
}
