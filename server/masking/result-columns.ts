import type { Catalog } from "../../shared/nouns/catalog.ts";
import type { MaskedField, ResultColumn } from "../../shared/nouns/command.ts";
import { indexOf } from "./catalog-index.ts";
import { classesOf, type Hidden } from "./hidden.ts";
import type { OutputOrigin } from "./origins.ts";
import type { Field } from "./second-line.ts";

/**
 * What a result's head says of each field: the class that masks it, or the class that the viewer sees in clear.
 * `origins` are the rewritten statement's; a masked field comes back as an expression, without a table.
 */
export function classesOfFields(
  fields: readonly Field[],
  origins: readonly OutputOrigin[],
  catalog: Catalog,
  hidden: Hidden,
): Pick<ResultColumn, "class" | "masked">[] {
  const byName = new Map(origins.map((origin) => [origin.field, origin]));
  return fields.map((field) => {
    if (field.tableOid === 0) {
      const [first] = byName.get(field.name)?.classes ?? [];
      return first === undefined ? {} : { class: first, masked: true };
    }
    const column = indexOf(catalog)
      .relation(field.tableOid)
      ?.columns.find(({ number }) => number === field.columnNumber);
    const classes = column === undefined ? [] : classesOf(column);
    const name = classes.find((candidate) => hidden.has(candidate)) ?? classes[0];
    return name === undefined ? {} : { class: name, masked: hidden.has(name) };
  });
}

/** The fields that the rewriting masked, for the command's answer and the journal. */
export function maskedFields(
  fields: readonly Field[],
  origins: readonly OutputOrigin[],
  hidden: Hidden,
): MaskedField[] {
  const expressions = new Set(fields.filter(({ tableOid }) => tableOid === 0).map(({ name }) => name));
  return origins
    .filter(({ field }) => expressions.has(field))
    .flatMap(({ field, classes, derived }) =>
      classes.map((name) => ({
        field,
        class: name,
        by: "source" as const,
        rule: derived ? "expression" : (hidden.get(name)?.mask.kind ?? "redact"),
      })),
    );
}
