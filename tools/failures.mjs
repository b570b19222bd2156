const maxLines = 30;

// oxlint-disable-next-line no-control-regex -- colours of a terminal
const plain = (text) => text.replaceAll(/\u001b\[[0-9;]*m/g, "");
const cut = (text) => plain(text).split("\n").slice(0, maxLines).join("\n");

/** Tests of Playwright's suites, with the titles that lead to them. */
function* specsIn(suite, titles = []) {
  const here = suite.title ? [...titles, suite.title] : titles;
  for (const spec of suite.specs ?? []) yield { spec, title: [...here, spec.title].join(" › ") };
  for (const inner of suite.suites ?? []) yield* specsIn(inner, here);
}

function* playwrightFailures({ suites }) {
  for (const suite of suites)
    for (const { spec, title } of specsIn(suite))
      for (const { results, status } of spec.tests)
        for (const { errors } of results)
          for (const { message } of errors)
            yield `✗ ${title}${status === "flaky" ? " (passed at its second try)" : ""}\n${cut(message ?? "")}`;
}

function* vitestFailures({ testResults }) {
  for (const { name, message, assertionResults } of testResults) {
    if (message) yield `✗ ${name}\n${cut(message)}`;
    for (const { status, fullName, failureMessages } of assertionResults)
      if (status === "failed") yield `✗ ${fullName}\n${cut(failureMessages.join("\n"))}`;
  }
}

/** What failed in a step, at its first try too, with why, from the report that its runner wrote. */
export function failuresOf(step, report) {
  if (report === undefined) return "";
  const failures = [...(report.suites ? playwrightFailures(report) : vitestFailures(report))];
  return failures.length === 0 ? "" : `\n${step}:\n${failures.join("\n\n")}`;
}
