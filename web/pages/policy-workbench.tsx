import { Button, SegmentedControl } from "@mantine/core";
import { IconAlertTriangle, IconLock, IconPencil } from "@tabler/icons-react";
import { useQueryClient } from "@tanstack/react-query";
import { lazy, Suspense, useCallback, useDeferredValue, useEffect, useMemo, useRef, useState } from "react";
import { can } from "../../shared/can/can.ts";
import type { PortalEvent } from "../../shared/contract/frames.ts";
import { bring } from "../api/bring.ts";
import type { Policies } from "../api/policies.ts";
import { useMe, usePortalEvents } from "../api/portal.tsx";
import { Page } from "../frame/page.tsx";
import { diffLines } from "../ui/diff.ts";
import { DiffView } from "../ui/diff-view.tsx";
import { Tag } from "../ui/marks.tsx";
import { plural } from "../ui/number.ts";
import { EmptyState, Waiting } from "../ui/states.tsx";
import { At } from "../ui/time.tsx";
import { keepDraft, keptDraft } from "./policy-draft.ts";
import type { PolicyEditorHandle } from "./policy-editor.tsx";
import { PolicyHistory } from "./policy-history.tsx";
import { PolicyList } from "./policy-list.tsx";
import { groupsIn, outline } from "./policy-outline.ts";
import { ValidLine, useValidation } from "./policy-validation.tsx";
import { PutInForce } from "./put-in-force.tsx";
import { TryCommand } from "./try-command.tsx";
import { Scroller } from "../ui/scroller.tsx";

const PolicyEditor = lazy(async () => ({
  default: (await bring(() => import("./policy-editor.tsx"))).PolicyEditor,
}));

const views = ["text", "diff", "history"] as const;
type View = (typeof views)[number];

/** Text, diff and history of the policies; a draft stays in this tab until it is put in force or discarded. */
export function PolicyWorkbench({
  inForce,
  reread,
}: {
  inForce: Policies;
  reread: () => Promise<Policies | undefined>;
}) {
  const me = useMe();
  const queries = useQueryClient();
  const mayEdit = can(me, "policies.edit") && !inForce.managed;
  const [kept] = useState(() => (mayEdit ? keptDraft() : undefined));
  const [text, setText] = useState(kept?.text ?? inForce.text);
  const [base, setBase] = useState(kept?.base ?? inForce.version);
  const [view, setView] = useState<View>("text");
  const [line, setLine] = useState(1);
  const editor = useRef<PolicyEditorHandle>(null);
  const changed = text !== inForce.text;
  const moved = changed && base !== inForce.version;
  const calm = useDeferredValue(text);
  const policies = useMemo(() => outline(calm), [calm]);
  const lines = useMemo(
    () =>
      changed
        ? diffLines(inForce.text, calm).flatMap(({ kind, right }) =>
            kind === "add" && right !== undefined ? [right] : [],
          )
        : [],
    [inForce.text, calm, changed],
  );
  const validation = useValidation(text);
  usePortalEvents(
    useCallback(
      (event: PortalEvent) => {
        if (event.type === "policies.changed") void queries.invalidateQueries({ queryKey: ["policies"] });
      },
      [queries],
    ),
  );
  useEffect(() => {
    if (mayEdit) keepDraft(changed ? { base, text } : undefined);
  }, [mayEdit, changed, base, text]);
  const replace = (next: string) => {
    setText(next);
    setBase(inForce.version);
    editor.current?.replace(next);
  };
  // Without a draft, the text follows what is in force.
  const followed = useRef(inForce);
  useEffect(() => {
    if (followed.current.version === inForce.version) return;
    if (text === followed.current.text) replace(inForce.text);
    followed.current = inForce;
  });
  const current = policies.find((policy) => line >= policy.line && line <= policy.endLine);
  const problems = validation.data?.valid === false ? validation.data.problems : none;

  return (
    <Page
      title="Policies"
      top={
        <>
          <h1>Policies</h1>
          <span className="t2 f12 nophone">
            {plural(policies.length, "policy", "policies")}, version {inForce.version} in force
          </span>
        </>
      }
      side={{
        label: "Policies",
        width: "236px",
        content: (
          <PolicyList
            policies={policies}
            line={line}
            wrong={problems.map((problem) => problem.line)}
            choose={(policy) => {
              setView("text");
              setLine(policy.line);
              editor.current?.reveal(policy.line);
            }}
          />
        ),
      }}
      panel={{
        label: "Try a command",
        width: "348px",
        content: (
          <TryCommand
            draft={changed && can(me, "policies.edit") ? calm : undefined}
            version={inForce.version}
            groups={groupsIn(inForce.text)}
          />
        ),
      }}
      status={
        <>
          <span>Default: blocked</span>
          <span>A policy that fails to evaluate blocks</span>
          <span>
            Last put in force <At time={inForce.at} />
          </span>
        </>
      }
    >
      <div className="bar workbench">
        <b className="el">{current?.id ?? "All policies"}</b>
        {changed ? (
          <Tag icon={<IconPencil size={12} aria-hidden />}>Draft of version {inForce.version + 1}</Tag>
        ) : null}
        {mayEdit ? null : <Tag icon={<IconLock size={12} aria-hidden />}>Read only</Tag>}
        <span className="f12 t2 nophone el">
          {inForce.version} in force since <At time={inForce.at} />
          {inForce.by === "" ? "" : `, by ${inForce.by.replace(/^.*\|/u, "")}`}
        </span>
        <span className="sp" />
        <SegmentedControl
          aria-label="View"
          value={view}
          onChange={(value) => setView(views.find((known) => known === value) ?? "text")}
          data={[
            { value: "text", label: "Text" },
            { value: "diff", label: `Diff to ${inForce.version}` },
            { value: "history", label: "History" },
          ]}
        />
      </div>
      {inForce.managed ? (
        <p className="verdict t-quiet f12" role="note">
          <IconLock className="i" size={14} aria-hidden />
          <span>
            A file manages these policies: change them there. Commands can be tried here all the same.
          </span>
        </p>
      ) : null}
      {moved ? (
        <Moved
          version={inForce.version}
          base={base}
          keep={() => setBase(inForce.version)}
          drop={() => replace(inForce.text)}
        />
      ) : null}
      <div className={view === "text" ? "policy-text" : "policy-text away"}>
        <Suspense fallback={<Waiting what="Loading the editor" />}>
          <PolicyEditor
            ref={editor}
            initial={text}
            readOnly={!mayEdit}
            problems={problems}
            changed={lines}
            onChange={setText}
            onLine={setLine}
          />
        </Suspense>
      </div>
      {view === "diff" ? (
        <Scroller className="policy-diff" label="Difference to the version in force">
          {changed ? (
            <DiffView before={inForce.text} after={text} changesOnly />
          ) : (
            <EmptyState icon={IconPencil} title="Nothing is changed">
              What you change in the text stands here against the version in force.
            </EmptyState>
          )}
        </Scroller>
      ) : null}
      {view === "history" ? (
        <PolicyHistory
          inForce={inForce}
          use={
            mayEdit
              ? (version) => {
                  replace(version.text);
                  setView("diff");
                }
              : undefined
          }
        />
      ) : null}
      <ValidLine
        validation={validation}
        changedLines={lines.length}
        reveal={(at) => editor.current?.reveal(at)}
      />
      {mayEdit ? (
        <PutInForce
          text={text}
          base={base}
          inForce={inForce}
          ready={changed && !moved && validation.data?.valid === true && !validation.isPlaceholderData}
          changed={changed}
          discard={() => replace(inForce.text)}
          conflict={() => void reread()}
          done={setBase}
        />
      ) : null}
    </Page>
  );
}

const none: readonly [] = [];

function Moved({
  version,
  base,
  keep,
  drop,
}: {
  version: number;
  base: number;
  keep: () => void;
  drop: () => void;
}) {
  return (
    <p className="verdict t-wait f12" role="alert">
      <IconAlertTriangle className="i" size={14} aria-hidden />
      <span className="el">
        <b>Version {version} came into force.</b> Your draft began on {base}; the diff shows it against{" "}
        {version}.
      </span>
      <span className="sp" />
      <Button onClick={drop}>Discard draft</Button>
      <Button onClick={keep}>Keep it, on top of {version}</Button>
    </p>
  );
}
