import { parentPort } from "node:worker_threads";

/**
 * Stands for a parser that goes wrong: it does what the text tells it to.
 * @param {{ id: number, text: string }} job
 */
function answer({ id, text }) {
  switch (text) {
    case "hang":
      return Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0);
    case "crash":
      throw new Error("the module is broken");
    case "exit":
      return process.exit(1);
    case "overflow":
      return parentPort?.postMessage({ id, ok: false, fault: "overflow" });
    case "confuse":
      return parentPort?.postMessage({ id: id + 1, ok: false, fault: "empty" });
    default:
      return parentPort?.postMessage({ id, ok: true, tree: text, bodies: "[]", tokens: new Int32Array(0) });
  }
}

parentPort?.on("message", answer);
parentPort?.postMessage("ready");
