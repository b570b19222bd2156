// What vitest's suites gave at their first and second try, from the reports that it wrote (docs/adr/0013).

/** Passed and failed tests; a run that ended badly has at least one that failed. */
export function countOf(report, ok) {
  const failed = report?.numFailedTests ?? 0;
  return { passed: report?.numPassedTests ?? 0, failed: ok ? failed : Math.max(1, failed) };
}

/** The files of suites that failed; all of their tests run again, for one that fails may be another's doing. */
export const failedSuites = (report) =>
  (report?.testResults ?? []).filter(({ status }) => status === "failed").map(({ name }) => name);

/** The second try counts for the suites that had one; `tries` are the tests that needed it. */
export function bothTries(first, second, report) {
  const passedInFailed = report.testResults
    .filter(({ status }) => status === "failed")
    .flatMap(({ assertionResults }) => assertionResults)
    .filter(({ status }) => status === "passed").length;
  return {
    passed: first.passed - passedInFailed + second.passed,
    failed: second.failed,
    tries: Math.max(0, first.failed - second.failed),
  };
}
