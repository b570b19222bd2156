import "../player/player.css";
import "./lists.css";
import "./policies.css";
import { IconFileCode } from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import { toUserError } from "../api/errors.ts";
import { readPolicies } from "../api/policies.ts";
import { useApi } from "../api/portal.tsx";
import { Page } from "../frame/page.tsx";
import { EmptyState, ErrorState, Waiting } from "../ui/states.tsx";
import { PolicyWorkbench } from "./policy-workbench.tsx";

/** The policies in force, a draft of the next version, and what it would decide. */
export function PoliciesPage() {
  const api = useApi();
  const policies = useQuery({ queryKey: ["policies"], queryFn: ({ signal }) => readPolicies(api, signal) });
  if (policies.data !== undefined)
    return <PolicyWorkbench inForce={policies.data} reread={async () => (await policies.refetch()).data} />;
  return (
    <Page title="Policies" top={<h1>Policies</h1>}>
      {policies.error === null ? (
        <Waiting what="Reading the policies in force" />
      ) : toUserError(policies.error).code === "forbidden" ? (
        <EmptyState icon={IconFileCode} title="Policies are not shown to you">
          Reviewers, auditors and administrators read them. What is blocked or held always says which policy
          did it.
        </EmptyState>
      ) : (
        <ErrorState error={toUserError(policies.error)} again={() => void policies.refetch()} />
      )}
    </Page>
  );
}
