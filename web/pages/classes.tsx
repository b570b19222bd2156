import "./lists.css";
import "./classes.css";
import { SegmentedControl } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { useNavigate, useSearch } from "@tanstack/react-router";
import { can } from "../../shared/can/can.ts";
import { listAdministeredTargets, readClassification } from "../api/administration.ts";
import { toUserError } from "../api/errors.ts";
import { useApi, useMe } from "../api/portal.tsx";
import { Page } from "../frame/page.tsx";
import { plural } from "../ui/number.ts";
import { ErrorState, Waiting } from "../ui/states.tsx";
import { ClassEditor } from "./class-editor.tsx";
import { TargetClasses } from "./target-classes.tsx";

/** Classes of data: how each is hidden, what a column's name proposes, and which columns of a target hold them. */
export function Classes() {
  const api = useApi();
  const mayEdit = can(useMe(), "classes.edit");
  const navigate = useNavigate();
  const { target } = useSearch({ from: "/portal/classes" });
  const classes = useQuery({
    queryKey: ["classes"],
    queryFn: ({ signal }) => readClassification(api, signal),
  });
  const targets = useQuery({
    queryKey: ["targets", "administered"],
    queryFn: ({ signal }) => listAdministeredTargets(api, signal),
    enabled: mayEdit,
  });
  // A host has no columns.
  const names = (targets.data ?? []).flatMap(({ name, kind }): string[] =>
    kind === "postgres" ? [name] : [],
  );
  return (
    <Page
      title="Classes"
      top={
        <>
          <h1>Classes</h1>
          {classes.data === undefined ? null : (
            <span className="t2 f12 nophone">
              {plural(classes.data.classes.length, "class of data", "classes of data")},{" "}
              {plural(classes.data.patterns.length, "name pattern")}
            </span>
          )}
        </>
      }
      status={<span>What has a class is masked for everybody whom no policy lets see it</span>}
    >
      {mayEdit && names.length > 0 ? (
        <div className="bar">
          <SegmentedControl
            aria-label="What to look at"
            value={target ?? ""}
            onChange={(value) =>
              void navigate({ to: "/classes", search: value === "" ? {} : { target: value }, replace: true })
            }
            data={[
              { value: "", label: "Classes and patterns" },
              ...names.map((name) => ({ value: name, label: `Columns of ${name}` })),
            ]}
          />
        </div>
      ) : null}
      {classes.isPending || targets.isLoading ? (
        <Waiting what="Reading the classes" />
      ) : classes.error !== null && classes.data === undefined ? (
        <ErrorState error={toUserError(classes.error)} again={() => void classes.refetch()} />
      ) : classes.data !== undefined && target !== undefined && mayEdit ? (
        <TargetClasses key={target} target={target} classes={classes.data.classes} />
      ) : classes.data !== undefined ? (
        <ClassEditor key={JSON.stringify(classes.data)} inForce={classes.data} mayEdit={mayEdit} />
      ) : null}
    </Page>
  );
}
