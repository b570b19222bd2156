export type Density = "compact" | "comfortable";

const key = "sluice.density";

/** How tall rows and controls are in this browser; compact until somebody chooses. */
export function density(): Density {
  return window.localStorage.getItem(key) === "comfortable" ? "comfortable" : "compact";
}

/** Keeps the choice and shows it: the tokens hang on `data-density`. */
export function setDensity(next: Density): void {
  if (next === "comfortable") window.localStorage.setItem(key, next);
  else window.localStorage.removeItem(key);
  showDensity();
}

/** Puts the kept choice onto the document; once at the start is enough. */
export function showDensity(): void {
  if (density() === "comfortable") document.documentElement.dataset["density"] = "comfortable";
  else delete document.documentElement.dataset["density"];
}
