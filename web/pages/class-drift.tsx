import { Button, Select } from "@mantine/core";
import { useState } from "react";
import type { DataClass } from "../../shared/nouns/catalog.ts";
import type { Drift, NewColumn } from "../../shared/nouns/discovery.ts";
import { MaskBadge } from "../ui/marks.tsx";
import { keyOf, type Decision } from "./class-decisions.ts";
import { noClass } from "./class-map.ts";

/** Classes that a column may be given, and none. */
export const choices = (classes: readonly DataClass[]) => [
  { value: noClass, label: "No class: show it" },
  ...classes.map(({ name }) => ({ value: name, label: name })),
];

/** Columns that appeared since somebody decided, each with the way to decide, and decisions whose column is gone. */
export function ClassDrift({
  drift,
  classes,
  saving,
  decide,
  forget,
}: {
  drift: Drift;
  classes: readonly DataClass[];
  saving: boolean;
  decide: (decisions: readonly Decision[]) => void;
  forget: (gone: Drift["gone"]) => void;
}) {
  return (
    <>
      {drift.columns.length === 0 ? null : (
        <section aria-labelledby="new-columns">
          <h2 id="new-columns">
            New columns <span className="cnt">{drift.columns.length}</span>
          </h2>
          <ul>
            {drift.columns.map((column) => (
              <NewColumnRow
                key={keyOf(column)}
                column={column}
                classes={classes}
                saving={saving}
                decide={decide}
              />
            ))}
          </ul>
        </section>
      )}
      {drift.gone.length === 0 ? null : (
        <section aria-labelledby="gone-columns">
          <h2 id="gone-columns">
            Classes of columns that are gone <span className="cnt">{drift.gone.length}</span>
            <span className="sp" />
            <Button loading={saving} onClick={() => forget(drift.gone)}>
              Forget them
            </Button>
          </h2>
          <ul>
            {drift.gone.map((each) => (
              <li key={keyOf(each)} className="proposal">
                <code className="el">{keyOf(each)}</code>
                <span className="f12 t2">
                  Renamed or dropped. What came in its place is held back until it is decided or this is
                  forgotten.
                </span>
                <span className="row">
                  <MaskBadge name={each.class} />
                </span>
              </li>
            ))}
          </ul>
        </section>
      )}
    </>
  );
}

function NewColumnRow({
  column,
  classes,
  saving,
  decide,
}: {
  column: NewColumn;
  classes: readonly DataClass[];
  saving: boolean;
  decide: (decisions: readonly Decision[]) => void;
}) {
  const [chosen, setChosen] = useState<string | null>(column.class ?? null);
  const { relation, column: name } = column;
  return (
    <li className="proposal">
      <span className="el">
        <code>{keyOf(column)}</code> <span className="mono f11 t3">{column.type}</span>
      </span>
      {column.held ? (
        <span className="f12 fg t-wait">Held back: everybody sees it redacted until somebody decides.</span>
      ) : column.class === undefined ? (
        <span className="f12 t2">Shown as it is.</span>
      ) : (
        <span className="row g6 f12 t2">
          <MaskBadge name={column.class} /> by its name
        </span>
      )}
      <span className="row g6">
        <Select
          aria-label={`Class of ${keyOf(column)}`}
          placeholder="Decide"
          value={chosen}
          data={choices(classes)}
          onChange={setChosen}
        />
        <Button
          aria-label={`Decide ${keyOf(column)}`}
          disabled={chosen === null}
          loading={saving}
          onClick={() => chosen !== null && decide([{ relation, column: name, class: chosen }])}
        >
          Decide
        </Button>
      </span>
    </li>
  );
}
