import { SegmentedControl } from "@mantine/core";
import { useState } from "react";
import type { DataClass } from "../../shared/nouns/catalog.ts";
import { ClassColumns } from "./class-columns.tsx";
import { ClassDiscovery } from "./class-discovery.tsx";

/** Classes of a target's columns: those in force, and those that somebody has to decide about. */
export function TargetClasses({ target, classes }: { target: string; classes: readonly DataClass[] }) {
  const [view, setView] = useState("columns");
  return (
    <>
      <div className="bar">
        <SegmentedControl
          aria-label={`Columns of ${target}`}
          value={view}
          onChange={setView}
          data={[
            { value: "columns", label: "All columns" },
            { value: "discover", label: "Discover" },
          ]}
        />
      </div>
      {view === "discover" ? (
        <ClassDiscovery target={target} classes={classes} />
      ) : (
        <ClassColumns target={target} classes={classes} />
      )}
    </>
  );
}
