import "./lists.css";
import "./save-bar.css";
import "./target-admin.css";
import { useQuery } from "@tanstack/react-query";
import { useNavigate, useParams } from "@tanstack/react-router";
import { IconDatabaseOff, IconLock } from "@tabler/icons-react";
import { Button } from "@mantine/core";
import { can } from "../../shared/can/can.ts";
import { listAdministeredTargets } from "../api/administration.ts";
import { toUserError } from "../api/errors.ts";
import { useApi, useMe } from "../api/portal.tsx";
import { Page } from "../frame/page.tsx";
import { StageTag } from "../ui/marks.tsx";
import { EmptyState, ErrorState, Waiting } from "../ui/states.tsx";
import { emptyForm, formOf } from "./target-form.ts";
import { TargetFields } from "./target-fields.tsx";
import { TargetTools } from "./target-tools.tsx";

/** A new target. */
export function ConnectTarget() {
  const mayEdit = can(useMe(), "targets.edit");
  return (
    <Page title="Connect a target" top={<h1>Connect a target</h1>}>
      {mayEdit ? <TargetFields initial={emptyForm} isNew readOnly={false} /> : <NotYours />}
    </Page>
  );
}

/** A target's address, user, tags and credentials, and what can be done with it. */
export function TargetAdmin() {
  const { name } = useParams({ from: "/portal/targets/$name" });
  const api = useApi();
  const mayEdit = can(useMe(), "targets.edit");
  const targets = useQuery({
    queryKey: ["targets", "administered"],
    queryFn: ({ signal }) => listAdministeredTargets(api, signal),
  });
  const target = targets.data?.find((one) => one.name === name);
  const settings = target?.settings;
  return (
    <Page
      title={name}
      top={
        <>
          <h1>{name}</h1>
          {settings === undefined ? null : <StageTag tags={settings.tags} />}
          {settings === undefined ? null : (
            <span className="f12 t2 nophone">revision {settings.revision}</span>
          )}
        </>
      }
      panel={
        target === undefined || settings === undefined
          ? undefined
          : { label: "Checks", content: <TargetTools target={target} settings={settings} /> }
      }
    >
      {settings !== undefined ? (
        <>
          {settings.managed ? (
            <p className="verdict t-quiet f12" role="note">
              <IconLock className="i" size={14} aria-hidden />
              <span>
                A file manages this target: change it there. It can be tested and read again from here.
              </span>
            </p>
          ) : null}
          <TargetFields
            key={settings.revision}
            initial={formOf(settings)}
            isNew={false}
            readOnly={settings.managed}
          />
        </>
      ) : targets.isPending ? (
        <Waiting what={`Reading ${name}`} />
      ) : targets.error !== null ? (
        <ErrorState error={toUserError(targets.error)} again={() => void targets.refetch()} />
      ) : mayEdit ? (
        <NotYours title={`There is no target called ${name}`} />
      ) : (
        <NotYours />
      )}
    </Page>
  );
}

function NotYours({ title = "Targets are connected by administrators" }: { title?: string }) {
  const navigate = useNavigate();
  return (
    <EmptyState
      icon={IconDatabaseOff}
      title={title}
      action={<Button onClick={() => void navigate({ to: "/targets" })}>See the targets</Button>}
    />
  );
}
