import type { BrowserContextOptions, Locator, Page } from "@playwright/test";
import { expect, test as base } from "./fixtures.ts";

export const people = {
  engineer: "Mara Lindqvist",
  reviewer: "Tomas Okafor",
  secondReviewer: "Priya Nair",
  auditor: "Elif Aydin",
  administrator: "Jonas Weiss",
} as const;
type Person = keyof typeof people;

export const phone = {
  viewport: { width: 390, height: 844 },
  hasTouch: true,
  isMobile: true,
} satisfies BrowserContextOptions;

type Portal = {
  /** A tab of a browser of its own, where nobody is signed in yet. What it complains of fails the test. */
  stranger: (options?: BrowserContextOptions) => Promise<Page>;
  /** As above, signed in through the issuer's page. */
  person: (who: Person, options?: BrowserContextOptions) => Promise<Page>;
};

declare global {
  interface Window {
    sluiceSeen?: { violations: string[]; shifts: number };
  }
}

/** Tests in the browser: everybody has a browser of their own, and no page may complain or break its policy. */
export const test = base.extend<Portal>({
  stranger: async ({ browser, as }, use) => {
    const contexts: Awaited<ReturnType<typeof browser.newContext>>[] = [];
    const complaints: string[] = [];
    await use(async (options = {}) => {
      const context = await browser.newContext(options);
      contexts.push(context);
      await context.exposeFunction("sluiceComplain", (words: string) => complaints.push(words));
      await context.addInitScript(watchPage);
      context.on("weberror", (error) => complaints.push(`uncaught: ${error.error().message}`));
      context.on("console", (message) => {
        // Chromium writes a line of its own for every refused call; what becomes of it is the page's to say.
        if (message.type() === "error" && !/^Failed to load resource: .* status of 4\d\d/.test(message.text()))
          complaints.push(`console: ${message.text()}`);
      });
      return context.newPage();
    });
    for (const context of contexts) await context.close();
    await closeSessions(await as("demo-engineer"));
    expect(complaints).toEqual([]);
  },
  person: async ({ stranger, enter }, use) => {
    await use(async (who, options) => {
      const page = await stranger(options);
      await enter(page, people[who]);
      return page;
    });
  },
});
export { expect } from "./fixtures.ts";

/** Runs in each page before its own scripts: breaches of the content security policy, and how much the layout moved. */
function watchPage(): void {
  const seen = { violations: [] as string[], shifts: 0 };
  window.sluiceSeen = seen;
  document.addEventListener("securitypolicyviolation", ({ effectiveDirective, blockedURI }) => {
    const words = `policy: ${effectiveDirective} ${blockedURI}`;
    (window as unknown as { sluiceComplain(words: string): void }).sluiceComplain(words);
  });
  new PerformanceObserver((list) => {
    for (const entry of list.getEntries()) seen.shifts += (entry as unknown as { value: number }).value;
  }).observe({ type: "layout-shift", buffered: true });
}
