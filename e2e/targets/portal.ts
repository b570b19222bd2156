import type { BrowserContext, BrowserContextOptions, Locator, Page } from "@playwright/test";
import { z } from "zod";
import { Session } from "../../shared/nouns/session.ts";
import type { Client, DemoClient } from "./client.ts";
import { expect, test as base } from "./fixtures.ts";

/** The demo's people, by what they do. */
export const people = {
  engineer: "Mara Lindqvist",
  reviewer: "Tomas Okafor",
  auditor: "Elif Aydin",
  administrator: "Jonas Weiss",
} as const;
type Who = keyof typeof people;

export const phone = {
  viewport: { width: 390, height: 844 },
  hasTouch: true,
  isMobile: true,
} satisfies BrowserContextOptions;

type Portal = {
  /** A tab in a browser of its own, where nobody has signed in. What it complains of fails the test. */
  stranger: (options?: BrowserContextOptions) => Promise<Page>;
  /** As above, signed in through the issuer's page. */
  person: (who: Who, options?: BrowserContextOptions) => Promise<Page>;
};

/** Tests in the browser. Each person has a browser of their own; no page may write an error or break its policy. */
export const test = base.extend<Portal>({
  stranger: async ({ browser, as }, use) => {
    await closeSessions(as);
    const contexts: BrowserContext[] = [];
    const complaints: string[] = [];
    await use(async (options = {}) => {
      const context = await browser.newContext(options);
      contexts.push(context);
      await context.addInitScript(watchLayout);
      context.on("weberror", (error) => complaints.push(error.error().message));
      // Breaches of the content security policy are written here too.
      context.on("console", (message) => {
        if (message.type() === "error" && !refusedCall.test(message.text()))
          complaints.push(`${message.text()} ${message.location().url}`);
      });
      return context.newPage();
    });
    for (const context of contexts) await context.close();
    await closeSessions(as);
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

const Sessions = z.object({ sessions: z.array(Session) });

/** Ends what those who ask have open, and withdraws what waits: reviewers begin with nothing to decide. */
async function closeSessions(as: (who: DemoClient) => Promise<Client>): Promise<void> {
  for (const who of ["demo-engineer", "demo-agent"] as const) {
    const client = await as(who);
    const { sessions } = Sessions.parse((await client.get("/api/sessions")).body);
    for (const { id, state } of sessions) if (state === "open") await client.delete(`/api/sessions/${id}`);
  }
}

/**
 * Chromium's own line for a call or a socket that was refused, or that found no network: what becomes of it is the
 * page's to say. A session may close between a socket's ticket and its opening.
 */
const refusedCall =
  /^Failed to load resource: (the server responded with a status of 4\d\d|net::ERR_INTERNET_DISCONNECTED)|^WebSocket connection to '\S+' failed: Error during WebSocket handshake: Unexpected response code: 4(?:01|09)/;

declare global {
  interface Window {
    /** The sum of all layout shifts of this page, those after a key or a click included. */
    layoutShifts?: number;
  }
}

/** Runs in each page before its own scripts. */
function watchLayout(): void {
  window.layoutShifts = 0;
  new PerformanceObserver((list) => {
    for (const entry of list.getEntries())
      if ("value" in entry && typeof entry.value === "number")
        window.layoutShifts = (window.layoutShifts ?? 0) + entry.value;
  }).observe({ type: "layout-shift", buffered: true });
}

/** How much the page has moved under its reader so far. */
export const layoutShifts = (page: Page): Promise<number> => page.evaluate(() => window.layoutShifts ?? 0);

/** Opens the demo's shop from the list of targets, and waits for its editor. */
export async function openShop(page: Page, reason = ""): Promise<void> {
  await page.getByRole("link", { name: "Targets" }).click();
  await page.getByRole("button", { name: "Open shop" }).click();
  await page.getByRole("textbox", { name: /^Reason/ }).fill(reason);
  await page.getByRole("button", { name: "Open session" }).click();
  await expect(sqlEditor(page)).toBeFocused();
}

export const sqlEditor = (page: Page): Locator => page.getByRole("textbox", { name: /^SQL editor/ });

/** Replaces the query that is shown by pasting another: typing closes brackets and indents lines. */
export const write = (page: Page, sql: string): Promise<void> => paste(sqlEditor(page), sql);

/** Pastes over all of an editor's text. */
export async function paste(editor: Locator, text: string): Promise<void> {
  await editor.focus();
  await editor.press("ControlOrMeta+A");
  await editor.evaluate((element, pasted) => {
    const clipboardData = new DataTransfer();
    clipboardData.setData("text/plain", pasted);
    element.dispatchEvent(new ClipboardEvent("paste", { clipboardData, bubbles: true, cancelable: true }));
  }, text);
}

/** Replaces the query and runs it, by keys. */
export async function run(page: Page, sql: string): Promise<void> {
  await write(page, sql);
  await sqlEditor(page).press("ControlOrMeta+Enter");
}

/** A run of this session, as the list of runs shows it. */
export const runStrip = (page: Page, number: number): Locator =>
  page.getByRole("article", { name: `Run ${number}`, exact: true });

/** A cell of a result, by its row from 1 and its column's name. */
export async function cellOf(grid: Locator, row: number, column: string): Promise<Locator> {
  const head = grid.getByRole("columnheader").filter({ hasText: new RegExp(`^${column}`) });
  const at = await head.first().getAttribute("aria-colindex");
  return grid.locator(`[role=row][aria-rowindex="${row + 1}"] [role=gridcell][aria-colindex="${at}"]`);
}

/** When this document was loaded: what stays the same was not reloaded. */
export const loadedAt = (page: Page): Promise<number> => page.evaluate(() => performance.timeOrigin);

/** Presses Tab until something has the focus, as somebody without a mouse does. */
export async function tabTo(page: Page, wanted: Locator): Promise<void> {
  await expect(wanted).toBeVisible();
  for (let pressed = 0; pressed < mostTabs; pressed++) {
    if (await wanted.evaluate((element) => element === document.activeElement)) return;
    await page.keyboard.press("Tab");
  }
  throw new Error(`Tab does not reach ${wanted.toString()}`);
}
const mostTabs = 60;

/** The text of the query that is shown. */
export const queryText = (page: Page): Locator => page.getByRole("code").filter({ has: sqlEditor(page) });

/** A page that is wider than its window makes its reader scroll sideways. */
export async function expectNoSidewaysScroll(page: Page): Promise<void> {
  const { clientWidth, scrollWidth } = await page.evaluate(() => {
    const { clientWidth, scrollWidth } = document.documentElement;
    return { clientWidth, scrollWidth };
  });
  expect(scrollWidth, `${page.url()} is wider than its window`).toBeLessThanOrEqual(clientWidth);
}
