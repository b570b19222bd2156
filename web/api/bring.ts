import { loadConfig } from "./config.ts";
import { UserError } from "./errors.ts";

/** Code that comes when it is first needed did not: the gateway does not answer, or serves another version by now. */
export class CodeMissing extends UserError {
  constructor(cause: unknown) {
    super(
      "network",
      "This part of the page could not be brought.",
      "Try again once the gateway answers. Your queries stay in this tab.",
    );
    this.name = "CodeMissing";
    this.cause = cause;
  }
}

/** Brings code by `import()`. Throws `CodeMissing`: told as what it is, not as a fault of the page's. */
export async function bring<Module>(load: () => Promise<Module>): Promise<Module> {
  try {
    return await load();
  } catch (cause) {
    throw new CodeMissing(cause);
  }
}

/** A browser does not ask again for what it could not bring; a new document does, once there is something to load. */
export async function reloadOnceAnswered(): Promise<void> {
  try {
    await loadConfig();
  } catch {
    // What could not be brought goes on saying so.
    return;
  }
  window.location.reload();
}
