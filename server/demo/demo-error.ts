/** The demo cannot start. The message is for the person at the keyboard: what is wrong, and what to do. */
export class DemoError extends Error {
  constructor(message: string, options: { cause?: unknown } = {}) {
    super(message, options);
    this.name = "DemoError";
  }
}
