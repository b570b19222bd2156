import { Button, Checkbox, Select, TextInput } from "@mantine/core";
import { IconDatabaseOff, IconSearch, IconSearchOff } from "@tabler/icons-react";
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useMemo, useState } from "react";
import type { ClassMap, Column, DataClass } from "../../shared/nouns/catalog.ts";
import { putClassMap, readClassMap } from "../api/administration.ts";
import { readSchema } from "../api/calls.ts";
import { toUserError } from "../api/errors.ts";
import { useApi } from "../api/portal.tsx";
import { MaskBadge } from "../ui/marks.tsx";
import { plural } from "../ui/number.ts";
import { EmptyState, ErrorState, Waiting } from "../ui/states.tsx";
import { toast } from "../ui/toast.tsx";
import { changes, classified, firstColumns, noClass, withClass } from "./class-map.ts";
import { SaveBar } from "./save-bar.tsx";
import { Scroller } from "../ui/scroller.tsx";

/** Columns drawn at once; a filter narrows further. */
const shownColumns = 600;
const byItself = "";

/** Which columns of a target hold which class: set by hand, proposed by a pattern, or inherited. */
export function ClassColumns({ target, classes }: { target: string; classes: readonly DataClass[] }) {
  const api = useApi();
  const catalog = useQuery({
    queryKey: ["schema", target],
    queryFn: ({ signal }) => readSchema(api, target, signal),
  });
  const map = useQuery({
    queryKey: ["class-map", target],
    queryFn: ({ signal }) => readClassMap(api, target, signal),
  });
  const error = catalog.error ?? map.error;
  if (error !== null)
    return (
      <ErrorState
        error={toUserError(error)}
        again={() => {
          void catalog.refetch();
          void map.refetch();
        }}
      />
    );
  if (catalog.data === undefined || map.data === undefined)
    return <Waiting what={`Reading the catalog of ${target}`} />;
  if (catalog.data.relations.length === 0)
    return (
      <EmptyState icon={IconDatabaseOff} title={`${target} has no tables that the gateway's user can see`}>
        Its columns appear here once they exist and its catalog was read again.
      </EmptyState>
    );
  return <Columns target={target} relations={catalog.data.relations} classes={classes} inForce={map.data} />;
}

function Columns({
  target,
  relations,
  classes,
  inForce,
}: {
  target: string;
  relations: Parameters<typeof classified>[0];
  classes: readonly DataClass[];
  inForce: ClassMap;
}) {
  const api = useApi();
  const queries = useQueryClient();
  const [map, setMap] = useState(inForce);
  const [filter, setFilter] = useState("");
  const [only, setOnly] = useState(false);
  const found = useMemo(() => classified(relations, map, filter, only), [relations, map, filter, only]);
  const changed = changes(inForce, map);
  const put = useMutation({
    mutationFn: () => putClassMap(api, target, map),
    onSuccess: (after) => {
      queries.setQueryData(["class-map", target], after);
      setMap(after);
      void queries.invalidateQueries({ queryKey: ["schema", target] });
      toast({
        verdict: "masked",
        title: `Classes of ${target} are in force`,
        message: "Views and functions that read these columns inherit them.",
      });
    },
  });
  const total = found.reduce((sum, { columns }) => sum + columns.length, 0);
  return (
    <>
      <div className="bar sub">
        <TextInput
          w={280}
          aria-label="Filter columns"
          placeholder="Table, column or class"
          leftSection={<IconSearch size={14} aria-hidden />}
          value={filter}
          onChange={(event) => setFilter(event.currentTarget.value)}
        />
        <Checkbox
          label="Only classified"
          checked={only}
          onChange={(event) => setOnly(event.currentTarget.checked)}
        />
        <span className="sp" />
        <span className="f12 t2 nophone">{plural(total, "column")}</span>
      </div>
      {found.length === 0 ? (
        <EmptyState
          icon={IconSearchOff}
          title="No column fits"
          action={
            <Button
              onClick={() => {
                setFilter("");
                setOnly(false);
              }}
            >
              Show all
            </Button>
          }
        />
      ) : (
        <Scroller className="class-scroll" label={`Columns of ${target}`}>
          {firstColumns(found, shownColumns).map(({ relation, kind, columns }) => {
            return (
              <section key={relation} aria-label={relation}>
                <h2>
                  <code>{relation}</code> <span className="t3 f11">{kind}</span>
                </h2>
                <ul>
                  {columns.map(({ column, own }) => (
                    <li key={column.name}>
                      <code className="el">{column.name}</code>
                      <span className="mono f11 t3 el">{column.type}</span>
                      <Source column={column} own={own} before={inForce[relation]?.[column.name]} />
                      <Select
                        aria-label={`Class of ${relation}.${column.name}`}
                        value={own ?? byItself}
                        data={[
                          { value: byItself, label: proposal(column, own) },
                          { value: noClass, label: "No class, whatever patterns say" },
                          ...classes.map(({ name }) => ({ value: name, label: name })),
                        ]}
                        onChange={(value) =>
                          setMap(
                            withClass(
                              map,
                              relation,
                              column.name,
                              value === null || value === byItself ? undefined : value,
                            ),
                          )
                        }
                      />
                    </li>
                  ))}
                </ul>
              </section>
            );
          })}
          {total > shownColumns ? (
            <p className="f12 t2 more">{plural(total - shownColumns, "more column")}: filter to see them.</p>
          ) : null}
        </Scroller>
      )}
      <SaveBar
        changed={changed === 0 ? undefined : `${plural(changed, "column")} changed`}
        saving={put.isPending}
        error={put.error}
        save={() => put.mutate()}
        discard={() => setMap(inForce)}
        word="Put classes in force"
      />
    </>
  );
}

const proposal = (column: Column, own: string | undefined) =>
  own === undefined && column.class !== undefined && column.classSource !== "map"
    ? `${column.class}, ${column.classSource === "inherited" ? "inherited" : "by its name"}`
    : own === undefined
      ? "Nothing proposed"
      : "By name and inheritance";

/** Where a column's class comes from, in a badge and a word. */
function Source({
  column,
  own,
  before,
}: {
  column: Column;
  own: string | undefined;
  before: string | undefined;
}) {
  if (own !== undefined)
    return (
      <span className="row g6 f11 t2">
        {own === noClass ? <span>no class</span> : <MaskBadge name={own} />}
        {own === before ? "by hand" : "changed"}
      </span>
    );
  if (column.classSource === "new")
    return <span className="f11 fg t-wait">new: held back until somebody decides</span>;
  if (before !== undefined) return <span className="f11 t2">changed</span>;
  if (column.class === undefined) return <span />;
  return (
    <span className="row g6 f11 t2">
      <MaskBadge name={column.class} />
      {column.classSource === "inherited"
        ? "inherited"
        : column.classSource === "pattern"
          ? "by its name"
          : ""}
    </span>
  );
}
