import { IconAlertTriangle, IconCircleCheck } from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import { useEffect, useState } from "react";
import { toUserError } from "../api/errors.ts";
import { validatePolicies } from "../api/policies.ts";
import { useApi } from "../api/portal.tsx";
import { plural } from "../ui/number.ts";

/** Typing rests for this long before the gateway validates. */
const restMs = 500;

/** What the gateway says of a text; the last answer stays, as a placeholder, until the next one. */
export function useValidation(text: string) {
  const api = useApi();
  const [settled, setSettled] = useState(text);
  useEffect(() => {
    const timer = setTimeout(() => setSettled(text), restMs);
    return () => clearTimeout(timer);
  }, [text]);
  const asked = useQuery({
    queryKey: ["validate", settled],
    queryFn: ({ signal }) => validatePolicies(api, settled, signal),
    placeholderData: (before) => before,
    gcTime: 60_000,
    staleTime: Infinity,
  });
  return { ...asked, isPlaceholderData: asked.isPlaceholderData || settled !== text };
}

/** Whether the text holds, and the first place where it does not. */
export function ValidLine({
  validation,
  changedLines,
  reveal,
}: {
  validation: ReturnType<typeof useValidation>;
  changedLines: number;
  reveal: (line: number) => void;
}) {
  const { data, error } = validation;
  const [problem] = data?.valid === false ? data.problems : [];
  const changes = (
    <>
      <span className="sp" />
      <span className="f12 t2 nw">
        {changedLines === 0 ? "no change" : `${plural(changedLines, "line")} changed`}
      </span>
    </>
  );
  if (error !== null)
    return (
      <p className="verdict t-wait" role="alert">
        <b>{toUserError(error).message}</b> <span>{toUserError(error).hint}</span>
        {changes}
      </p>
    );
  if (data?.valid === false)
    return (
      <p className="verdict t-stop" role="status">
        <span className="chip t-stop">
          <IconAlertTriangle size={14} aria-hidden />
          {plural(data.problems.length, "problem")}
        </span>
        {problem === undefined ? null : (
          <button type="button" className="linkbtn el" onClick={() => reveal(problem.line)}>
            Line {problem.line}: {problem.message}
          </button>
        )}
        {changes}
      </p>
    );
  return (
    <p className="verdict t-go" role="status">
      <span className="chip t-go">
        <IconCircleCheck size={14} aria-hidden />
        {data === undefined ? "Validating" : "Valid"}
      </span>
      <span className="el">
        {data === undefined
          ? ""
          : `${plural(data.policies, "policy agrees", "policies agree")} with the schema of facts.`}
      </span>
      {changes}
    </p>
  );
}
