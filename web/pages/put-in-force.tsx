import { Button, TextInput } from "@mantine/core";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { toUserError } from "../api/errors.ts";
import { policyProblems, putPolicies, type Policies } from "../api/policies.ts";
import { useApi } from "../api/portal.tsx";
import { toast } from "../ui/toast.tsx";

/** The comment, and the two ways out of a draft. */
export function PutInForce({
  text,
  base,
  inForce,
  ready,
  changed,
  discard,
  conflict,
  done,
}: {
  text: string;
  base: number;
  inForce: Policies;
  ready: boolean;
  changed: boolean;
  discard: () => void;
  conflict: () => void;
  done: (version: number) => void;
}) {
  const api = useApi();
  const queries = useQueryClient();
  const [comment, setComment] = useState("");
  const put = useMutation({
    mutationFn: () => putPolicies(api, { text, comment: comment.trim(), version: base }),
    onSuccess: (after) => {
      queries.setQueryData(["policies"], after);
      void queries.invalidateQueries({ queryKey: ["policies", "history"] });
      done(after.version);
      setComment("");
      toast({
        verdict: "completed",
        title: `Version ${after.version} is in force`,
        message: "It decides from the next command on.",
      });
    },
    onError: (error) => {
      if (toUserError(error).code === "conflict") conflict();
    },
  });
  const error =
    put.error === null || policyProblems(put.error) !== undefined ? undefined : toUserError(put.error);
  return (
    <form
      className="put"
      aria-label="Put in force"
      onSubmit={(event) => {
        event.preventDefault();
        if (ready && !put.isPending) put.mutate();
      }}
    >
      <TextInput
        className="sp"
        aria-label="What changes and why, kept with the version"
        placeholder="What changes and why, kept with the version"
        maxLength={1000}
        value={comment}
        onChange={(event) => setComment(event.currentTarget.value)}
        error={error === undefined ? undefined : `${error.message} ${error.hint ?? ""}`}
      />
      <Button disabled={!changed} onClick={discard}>
        Discard draft
      </Button>
      <Button type="submit" variant="filled" disabled={!ready} loading={put.isPending}>
        Put version {inForce.version + 1} in force
      </Button>
    </form>
  );
}
