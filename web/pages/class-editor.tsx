import { ActionIcon, Button, Checkbox, Select, TextInput } from "@mantine/core";
import { IconEyeOff, IconPlus, IconTrash } from "@tabler/icons-react";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import type { ClassPattern, DataClass } from "../../shared/nouns/catalog.ts";
import { putClassification, type Classification } from "../api/administration.ts";
import { useApi } from "../api/portal.tsx";
import { MaskBadge } from "../ui/marks.tsx";
import { EmptyState } from "../ui/states.tsx";
import { toast } from "../ui/toast.tsx";
import { JsonPaths } from "./json-paths.tsx";
import { MaskFields } from "./mask-fields.tsx";
import { sampleOf, wrongClassification } from "./mask-rules.ts";
import { SaveBar } from "./save-bar.tsx";
import { Scroller } from "../ui/scroller.tsx";

/** Classes with their masks, and patterns that propose them by column name. Read-only for those who may not edit. */
export function ClassEditor({ inForce, mayEdit }: { inForce: Classification; mayEdit: boolean }) {
  const api = useApi();
  const queries = useQueryClient();
  const [draft, setDraft] = useState(inForce);
  const { classes, patterns } = draft;
  const changed = JSON.stringify(draft) !== JSON.stringify(inForce);
  const put = useMutation({
    mutationFn: () => putClassification(api, draft),
    onSuccess: (after) => {
      queries.setQueryData(["classes"], after);
      void queries.invalidateQueries({ queryKey: ["schema"] });
      toast({
        verdict: "masked",
        title: "Classes are in force",
        message: "Masks change from the next command on.",
      });
    },
  });
  const setClass = (at: number, to: DataClass) =>
    setDraft({ ...draft, classes: classes.map((one, index) => (index === at ? to : one)) });
  const setPattern = (at: number, to: ClassPattern) =>
    setDraft({ ...draft, patterns: patterns.map((one, index) => (index === at ? to : one)) });
  return (
    <>
      <Scroller className="class-scroll wide" label="Classes and patterns">
        <section aria-label="Classes of data">
          <h2>
            Classes of data
            <span className="sp" />
            {mayEdit ? (
              <Button
                leftSection={<IconPlus size={14} aria-hidden />}
                onClick={() =>
                  setDraft({
                    ...draft,
                    classes: [
                      ...classes,
                      { name: "", description: "", mask: { kind: "redact" }, lookup: false },
                    ],
                  })
                }
              >
                New class
              </Button>
            ) : null}
          </h2>
          {classes.length === 0 ? (
            <EmptyState icon={IconEyeOff} title="There is no class yet">
              A class says how a kind of data is hidden: cards by their last four digits, e-mail addresses by
              their domain. Columns get classes by hand or by their names.
            </EmptyState>
          ) : null}
          <ul className="class-list">
            {classes.map((one, at) => (
              <li key={at}>
                {mayEdit ? (
                  <ClassFields
                    value={one}
                    fixed={inForce.classes.some(({ name }) => name === one.name && name !== "")}
                    change={(to) => setClass(at, to)}
                    remove={() => setDraft({ ...draft, classes: classes.filter((_, index) => index !== at) })}
                  />
                ) : (
                  <ClassLine value={one} />
                )}
              </li>
            ))}
          </ul>
        </section>
        <section aria-label="Patterns">
          <h2>
            Patterns
            <span className="t3 f11">a new column is taken for this class until somebody decides</span>
            <span className="sp" />
            {mayEdit ? (
              <Button
                leftSection={<IconPlus size={14} aria-hidden />}
                onClick={() =>
                  setDraft({
                    ...draft,
                    patterns: [...patterns, { column: "", class: classes[0]?.name ?? "" }],
                  })
                }
              >
                New pattern
              </Button>
            ) : null}
          </h2>
          <ul className="pattern-list">
            {patterns.map((one, at) => (
              <li key={at}>
                {mayEdit ? (
                  <PatternFields
                    value={one}
                    classes={classes}
                    change={(to) => setPattern(at, to)}
                    remove={() =>
                      setDraft({ ...draft, patterns: patterns.filter((_, index) => index !== at) })
                    }
                  />
                ) : (
                  <span className="row g8 f12">
                    <code>{one.relation === undefined ? one.column : `${one.relation}: ${one.column}`}</code>
                    <MaskBadge name={one.class} />
                  </span>
                )}
              </li>
            ))}
          </ul>
        </section>
      </Scroller>
      {mayEdit ? (
        <SaveBar
          changed={changed ? "Changed" : undefined}
          wrong={wrongClassification(draft)}
          saving={put.isPending}
          error={put.error}
          save={() => put.mutate()}
          discard={() => setDraft(inForce)}
          word="Put classes in force"
        />
      ) : null}
    </>
  );
}

function ClassLine({ value }: { value: DataClass }) {
  return (
    <span className="row g12 f12">
      <MaskBadge name={value.name} />
      <span className="el sp">{value.description}</span>
      <code className="t2">{sampleOf(value.mask)}</code>
      <span className="t2 nw">{value.lookup ? "a known value may be looked up" : "no look-up"}</span>
    </span>
  );
}

function ClassFields({
  value,
  fixed,
  change,
  remove,
}: {
  value: DataClass;
  /** Its name is in force: policies and columns speak of it. */
  fixed: boolean;
  change: (to: DataClass) => void;
  remove: () => void;
}) {
  const named = value.name === "" ? "the new class" : value.name;
  return (
    <div className="fields">
      {fixed ? (
        <span className="name">
          <MaskBadge name={value.name} />
        </span>
      ) : (
        <TextInput
          className="name"
          aria-label="Name of the class"
          placeholder="name"
          value={value.name}
          onChange={(event) => change({ ...value, name: event.currentTarget.value })}
        />
      )}
      <TextInput
        className="sp"
        aria-label={`Description of ${named}`}
        placeholder="What it is, for people"
        maxLength={500}
        value={value.description}
        onChange={(event) => change({ ...value, description: event.currentTarget.value })}
      />
      <span className="row g6 mask">
        <MaskFields rule={value.mask} of={named} change={(mask) => change({ ...value, mask })} />
        {value.mask.kind === "json" ? (
          <JsonPaths rule={value.mask} of={named} change={(mask) => change({ ...value, mask })} />
        ) : null}
      </span>
      <code className="f12 fg t-mask sample el" title="How a value looks">
        {sampleOf(value.mask)}
      </code>
      <Checkbox
        label="Look-up"
        title="WHERE column = 'a known value' may be applied to the real column"
        checked={value.lookup}
        onChange={(event) => change({ ...value, lookup: event.currentTarget.checked })}
      />
      <ActionIcon aria-label={`Remove ${named}`} onClick={remove}>
        <IconTrash size={14} aria-hidden />
      </ActionIcon>
    </div>
  );
}

function PatternFields({
  value,
  classes,
  change,
  remove,
}: {
  value: ClassPattern;
  classes: readonly DataClass[];
  change: (to: ClassPattern) => void;
  remove: () => void;
}) {
  const named = value.column === "" ? "the new pattern" : value.column;
  return (
    <div className="fields">
      <TextInput
        aria-label={`Column names of ${named}`}
        placeholder="*email*"
        className="mono"
        value={value.column}
        onChange={(event) => change({ ...value, column: event.currentTarget.value })}
      />
      <TextInput
        aria-label={`Tables of ${named}`}
        placeholder="any table, or public.*"
        className="mono"
        value={value.relation ?? ""}
        onChange={({ currentTarget }) => {
          const { relation: _, ...rest } = value;
          change(currentTarget.value === "" ? rest : { ...rest, relation: currentTarget.value });
        }}
      />
      <Select
        aria-label={`Class of ${named}`}
        data={classes.filter(({ name }) => name !== "").map(({ name }) => name)}
        value={value.class === "" ? null : value.class}
        placeholder="class"
        onChange={(to) => change({ ...value, class: to ?? "" })}
      />
      <ActionIcon aria-label={`Remove ${named}`} onClick={remove}>
        <IconTrash size={14} aria-hidden />
      </ActionIcon>
    </div>
  );
}
