import "./targets.css";
import { Button, TextInput } from "@mantine/core";
import { IconDatabase, IconPlug, IconSearch } from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import { useNavigate, useSearch } from "@tanstack/react-router";
import { useEffect, useMemo, useRef, useState } from "react";
import { can } from "../../shared/can/can.ts";
import type { Session } from "../../shared/nouns/session.ts";
import { listSessions, listTargets } from "../api/calls.ts";
import { toUserError } from "../api/errors.ts";
import type { ReachableTarget } from "../api/nouns.ts";
import { useApi, useMe } from "../api/portal.tsx";
import { isTyping } from "../frame/keys.ts";
import { Page } from "../frame/page.tsx";
import { KeyHint } from "../ui/key-hint.tsx";
import { StageTag } from "../ui/marks.tsx";
import { EmptyState, ErrorState, Waiting } from "../ui/states.tsx";
import { plural } from "../ui/number.ts";
import { kindNames } from "../ui/target-kinds.ts";
import { MinutesLeft } from "../ui/time.tsx";
import { LastSessions } from "./last-sessions.tsx";
import { OpenTarget } from "./open-target.tsx";
import { ConnectLink, SettingsLink } from "./target-links.tsx";
import { Capabilities, TargetName } from "./target-parts.tsx";

/** Which target, and why: the two things a session is opened with. */
export function Targets() {
  const api = useApi();
  const navigate = useNavigate();
  const { open } = useSearch({ from: "/portal/targets" });
  const [filter, setFilter] = useState("");
  const filterField = useRef<HTMLInputElement>(null);
  const targets = useQuery({ queryKey: ["targets"], queryFn: ({ signal }) => listTargets(api, signal) });
  // What is open stands above the list: both come at once, and nothing moves under a pointer.
  const sessions = useQuery({ queryKey: ["sessions"], queryFn: ({ signal }) => listSessions(api, signal) });
  const shown = useMemo(
    () => (targets.data ?? []).filter((target) => fits(target, filter)),
    [targets.data, filter],
  );
  const chosen = targets.data?.find(({ name, mayOpen, disabled }) => name === open && mayOpen && !disabled);
  const choose = (name: string) => void navigate({ to: "/targets", search: { open: name }, replace: true });

  useEffect(() => {
    const onKey = (event: KeyboardEvent) => {
      if (event.key !== "/" || isTyping(event)) return;
      event.preventDefault();
      filterField.current?.focus();
    };
    window.addEventListener("keydown", onKey);
    return () => window.removeEventListener("keydown", onKey);
  }, []);

  return (
    <Page
      title="Targets"
      top={
        <>
          <h1>Targets</h1>
          {targets.data === undefined ? null : (
            <span className="t2 f12 nophone">
              {plural(targets.data.filter(({ mayOpen }) => mayOpen).length, "target")} that you may open
            </span>
          )}
        </>
      }
    >
      <div className="targets">
        <div className="hd">
          <TextInput
            ref={filterField}
            w={260}
            aria-label="Filter by name, kind or tag"
            placeholder="Name, kind or tag"
            leftSection={<IconSearch size={14} aria-hidden />}
            rightSection={<KeyHint keys={["/"]} />}
            value={filter}
            onChange={(event) => setFilter(event.currentTarget.value)}
          />
          <span className="sp" />
          <ConnectLink />
        </div>
        <Resume open={sessions.data?.find(({ state }) => state === "open")} />
        <div className="scroll">
          {targets.isPending || sessions.isPending ? (
            <Waiting what="Asking which targets you may open" />
          ) : targets.data === undefined ? (
            <ErrorState error={toUserError(targets.error)} again={() => void targets.refetch()} />
          ) : targets.data.length === 0 ? (
            <NoTarget />
          ) : shown.length === 0 ? (
            <EmptyState
              icon={IconSearch}
              title={`Nothing fits “${filter}”`}
              action={<Button onClick={() => setFilter("")}>Show all</Button>}
            />
          ) : (
            <>
              <TargetTable targets={shown} chosen={open} choose={choose} />
              <LastSessions />
            </>
          )}
        </div>
        {chosen === undefined ? null : <OpenTarget key={chosen.name} target={chosen} />}
      </div>
    </Page>
  );
}

/** Whoever reads what others do need not reach anything. */
function NoTarget() {
  const navigate = useNavigate();
  const reads = can(useMe(), "recordings.read");
  return (
    <EmptyState
      icon={IconDatabase}
      title="No target is open to you"
      action={
        reads ? (
          <Button variant="filled" onClick={() => void navigate({ to: "/audit" })}>
            See what others do
          </Button>
        ) : undefined
      }
    >
      Targets appear here once a policy lets one of your groups reach them.{" "}
      {reads ? "Their sessions are in Audit." : "Ask an administrator for the group."}
    </EmptyState>
  );
}

function fits(target: ReachableTarget, filter: string): boolean {
  const text = [
    target.name,
    kindNames[target.kind],
    ...Object.entries(target.tags).map(([name, value]) => `${name}=${value}`),
  ];
  return filter
    .toLowerCase()
    .split(/\s+/u)
    .every((word) => text.some((part) => part.toLowerCase().includes(word)));
}

function TargetTable({
  targets,
  chosen,
  choose,
}: {
  targets: readonly ReachableTarget[];
  chosen: string | undefined;
  choose: (name: string) => void;
}) {
  return (
    <table className="list">
      <thead>
        <tr>
          <th>Target</th>
          <th>Stage</th>
          <th>What you may do</th>
          <th>
            <span className="vh">Action</span>
          </th>
        </tr>
      </thead>
      <tbody>
        {targets.map((target) => (
          <tr key={target.name} className={target.name === chosen ? "on" : ""}>
            <td>
              <TargetName target={target} />
            </td>
            <td>
              <StageTag tags={target.tags} />
            </td>
            <td>
              <Capabilities target={target} />
            </td>
            <td className="r">
              <SettingsLink name={target.name} />
              {target.mayOpen && !target.disabled ? (
                <Button
                  variant={target.name === chosen ? "filled" : "default"}
                  aria-label={`Open ${target.name}`}
                  onClick={() => choose(target.name)}
                >
                  Open
                </Button>
              ) : null}
            </td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}

/** The newest session that is still open. */
function Resume({ open }: { open: Session | undefined }) {
  const navigate = useNavigate();
  if (open === undefined) return null;
  return (
    <div className="resume">
      <span className="fg t-go" style={{ display: "inline-flex" }}>
        <IconPlug size={16} aria-hidden />
      </span>
      <span className="f12">
        <b>{open.target}</b> is still open: <MinutesLeft until={open.expiresAt} />
      </span>
      <span className="sp" />
      <Button onClick={() => void navigate({ to: "/work/$session", params: { session: open.id } })}>
        Go back to it
      </Button>
    </div>
  );
}
