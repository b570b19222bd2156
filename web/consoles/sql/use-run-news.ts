import { useEffect, useRef } from "react";
import { toast } from "../../ui/toast.tsx";
import type { View } from "./results.tsx";
import { isFinal, type Run, type Runs } from "./runs.ts";
import { runCounts, runSentence, runVerdicts } from "./words.ts";

type Told = {
  /** Key of the run that is on the screen. */
  shown: string | undefined;
  /** A run that has more to say than rows: it was held, stopped, failed, or only wrote. */
  stopped: (run: Run) => void;
  show: (run: Run, view: View) => void;
};

/** Follows the runs: brings the one on the screen into view, and tells by toast of what was held and is decided. */
export function useRunNews(runs: Runs, told: Told): void {
  const states = useRef(new Map<string, Run["state"]>());
  const held = useRef(new Set<string>());
  const latest = useRef(told);
  useEffect(() => {
    latest.current = told;
  });
  useEffect(() => {
    for (const run of runs) {
      const before = states.current.get(run.key);
      if (before === run.state) continue;
      states.current.set(run.key, run.state);
      if (run.state === "held") held.current.add(run.key);
      const { stopped, show } = latest.current;
      if (
        run.state === "held" ||
        (isFinal(run.state) && (run.state !== "completed" || run.results.length === 0))
      )
        stopped(run);
      if (isFinal(run.state) && run.state !== "withdrawn" && held.current.delete(run.key)) {
        const ran = run.state === "completed";
        toast({
          verdict: ran ? "approved" : runVerdicts[run.state],
          title: ran ? "Approved, and it ran" : `Run ${run.number}: ${runVerdicts[run.state]}`,
          message: ran ? runCounts(run) : runSentence(run),
          action: { word: "Show", run: () => show(run, ran && run.results.length > 0 ? "result 0" : "runs") },
        });
      }
    }
  }, [runs]);
}
