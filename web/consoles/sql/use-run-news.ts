import { useEffect, useRef, useState } from "react";
import { toast } from "../../ui/toast.tsx";
import type { View } from "./results.tsx";
import { createRunNews } from "./run-news.ts";
import type { Run, Runs } from "./runs.ts";
import { runCounts, runSentence, runVerdict } from "./words.ts";

type Told = {
  /** A run that has more to say than rows. */
  stopped: (run: Run) => void;
  show: (run: Run, view: View) => void;
};

/** Follows the runs: brings the one on the screen into view, and tells by toast of what was held and is decided. */
export function useRunNews(runs: Runs, told: Told): void {
  const [news] = useState(createRunNews);
  const latest = useRef(told);
  useEffect(() => {
    latest.current = told;
  });
  useEffect(() => {
    const { stopped, decided } = news(runs);
    for (const run of stopped) latest.current.stopped(run);
    for (const run of decided) {
      const ran = run.state === "completed";
      toast({
        verdict: ran ? "approved" : runVerdict(run),
        title: ran ? "Approved, and it ran" : `Run ${run.number}: ${runVerdict(run)}`,
        message: ran ? runCounts(run) : runSentence(run),
        action: {
          word: "Show",
          run: () => latest.current.show(run, ran && run.results.length > 0 ? "result 0" : "runs"),
        },
      });
    }
  }, [runs, news]);
}
