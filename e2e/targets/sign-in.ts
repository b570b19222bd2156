import type { Page } from "@playwright/test";

/** Signs in through the demo issuer's own page, as the person of that name. */
export async function signIn(page: Page, url: string, name: string): Promise<void> {
  await page.goto(`${url}/sign-in`);
  await page.getByRole("button", { name: "Continue as a demo person" }).click();
  await page.getByRole("button", { name }).click();
  await page.waitForURL(
    (address) => address.origin === url && !/^\/(sign-in|auth|oidc)/.test(address.pathname),
  );
}
