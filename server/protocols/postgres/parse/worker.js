import { parentPort } from "node:worker_threads";
import { loadModule, parseSync, scanSync, SqlError } from "libpg-query";
import { readBodies } from "./bodies.js";
import { maxRelations, maxStatements, maxTreeBytes, maxTreeDepth } from "./limits.js";

/**
 * The thread that runs PostgreSQL's parser. Plain JavaScript, because Node 20 loads no TypeScript in workers. It
 * answers one job at a time; whatever is not an answer (a crash, a hang) is the pool's to notice.
 *
 * @typedef {{ id: number, text: string, depth: "tree" | "all" }} Job
 * @typedef {{ id: number, ok: true, tree: string, bodies: string, tokens: Int32Array }
 *   | { id: number, ok: false, fault: "syntax", message: string, position: number }
 *   | { id: number, ok: false, fault: "empty" | "large" | "deep" | "overflow" | "broken" }} Answer
 */

/**
 * What makes a tree costly to read, so far as a limit speaks of it.
 * @param {unknown} tree
 * @returns {"deep" | "large" | undefined}
 */
function excess(tree) {
  let relations = 0;
  let deep = false;
  /**
   * @param {unknown} value
   * @param {number} depth
   */
  const walk = (value, depth) => {
    if (typeof value !== "object" || value === null || deep) return;
    if (depth > maxTreeDepth) deep = true;
    else if ("relname" in value) relations += 1;
    for (const child of Object.values(value)) walk(child, depth + 1);
  };
  walk(tree, 0);
  return deep ? "deep" : relations > maxRelations ? "large" : undefined;
}

/** Characters that the scanner's binding writes into its JSON as they are, which then cannot be read. */
// oxlint-disable-next-line no-control-regex -- these are what it is about
const unescaped = /[\u0001-\u0008\u000B\u000C\u000E-\u001F]/g;

/**
 * Byte ranges of the text's tokens, comments left out, as PostgreSQL's own scanner sees them.
 * @param {string} text
 */
function tokensOf(text) {
  // Of a byte each, and within a token or white space wherever the grammar takes them: a space moves no border.
  const tokens = scanSync(text.replaceAll(unescaped, " ")).tokens.filter(
    ({ tokenName }) => !tokenName.endsWith("_COMMENT"),
  );
  const ranges = new Int32Array(tokens.length * 2);
  tokens.forEach(({ start, end }, index) => ranges.set([start, end], index * 2));
  return ranges;
}

/**
 * @param {Job} job
 * @returns {Answer}
 */
function answer({ id, text, depth }) {
  try {
    // The grammar first: it says what is wrong with a token and where, the scanner alone breaks on it.
    const tree = parseSync(text);
    if ((tree.stmts ?? []).length === 0) return { id, ok: false, fault: "empty" };
    if ((tree.stmts ?? []).length > maxStatements) return { id, ok: false, fault: "large" };
    // Scanning takes three times as long as the grammar: only where somebody asks for tokens.
    const tokens = depth === "all" ? tokensOf(text) : new Int32Array(0);
    const bodies = depth === "all" ? readBodies(text, tree) : [];
    const fault = excess(tree) ?? excess(bodies);
    if (fault !== undefined) return { id, ok: false, fault };
    // JSON crosses the thread boundary at less than half the price of a structured clone on the receiving side.
    const [treeText, bodiesText] = [JSON.stringify(tree), JSON.stringify(bodies)];
    if (treeText.length + bodiesText.length > maxTreeBytes) return { id, ok: false, fault: "large" };
    return { id, ok: true, tree: treeText, bodies: bodiesText, tokens };
  } catch (error) {
    if (error instanceof SqlError && error.sqlDetails !== undefined)
      return {
        id,
        ok: false,
        fault: "syntax",
        message: error.message,
        position: error.sqlDetails.cursorPosition + 1,
      };
    // Anything else may have corrupted the module's memory: the pool replaces this thread.
    return { id, ok: false, fault: error instanceof RangeError ? "overflow" : "broken" };
  }
}

await loadModule();
if (parentPort === null) throw new Error("worker.js runs in a worker thread");
const port = parentPort;
port.on("message", (/** @type {Job} */ job) => port.postMessage(answer(job)));
port.postMessage("ready");
