import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { demoPeople } from "./actors.ts";

/** The portal's font, as far as Latin goes. */
const inter = readFileSync(
  createRequire(import.meta.url).resolve("@fontsource-variable/inter/files/inter-latin-wght-normal.woff2"),
  "base64",
);

/** The design's font and tokens, as far as this page needs them: it is served without the portal's files. */
const style = `
@font-face{font-family:"Inter Variable";font-weight:100 900;src:url(data:font/woff2;base64,${inter}) format("woff2")}
:root{color-scheme:light dark;--canvas:#edf1f4;--surface:#fff;--hover:#eef3f7;--line:#d8dfe5;--strong:#7f8b97;--text:#17212b;--text-2:#465361;--text-3:#5b6875;--accent:#0a5893;--selected:#dfecf7;--quiet:#ebeff2;--focus:#0b62a4}
@media (prefers-color-scheme:dark){:root{--canvas:#0a0f14;--surface:#11171d;--hover:#1b242d;--line:#26303a;--strong:#687684;--text:#e5ebf1;--text-2:#b3bec9;--text-3:#8f9ca9;--accent:#7cbdf2;--selected:#14304a;--quiet:#1e272f;--focus:#7cbdf2}}
*{box-sizing:border-box}
body{margin:0;min-height:100vh;display:grid;place-items:center;padding:18px;-webkit-font-smoothing:antialiased;background:var(--canvas);color:var(--text);font:14px/1.45 "Inter Variable",Inter,system-ui,-apple-system,"Segoe UI",sans-serif}
main{display:flex;flex-direction:column;justify-content:center;position:relative;width:100%;max-width:430px;min-height:min(640px,calc(100vh - 36px));padding:44px 44px 64px;background:var(--surface);border:1px solid var(--line);border-radius:12px}
svg{display:block;color:var(--accent)}
h1{font-size:28px;line-height:1.15;letter-spacing:-.025em;font-weight:680;margin:14px 0 6px}
p{margin:0;color:var(--text-2)}
h2{display:flex;align-items:center;gap:10px;margin:24px 0 8px;font-size:12px;font-weight:400;color:var(--text-3)}
h2::before,h2::after{content:"";flex:1;height:1px;background:var(--line)}
ul{list-style:none;margin:0;padding:0;border:1px solid var(--line);border-radius:8px;overflow:hidden}
li+li{border-top:1px solid var(--line)}
button{display:flex;align-items:center;gap:10px;width:100%;min-height:44px;padding:0 12px;border:0;background:none;color:inherit;font:inherit;text-align:left;cursor:pointer}
button:hover{background:var(--hover)}
button:active{background:var(--selected)}
button:focus-visible{outline:2px solid var(--focus);outline-offset:-2px}
b{font-weight:620;flex:1}
.face{display:grid;place-items:center;width:28px;height:28px;border-radius:50%;background:var(--quiet);border:1px solid var(--strong);font-size:11px;font-weight:600}
.title{font-size:12px;color:var(--text-2)}
.go{color:var(--text-3)}
footer{position:absolute;inset:auto 44px 20px;font-size:11px;text-align:center;color:var(--text-3)}
@media (max-width:640px){body{place-items:stretch;padding:0}main{max-width:none;min-height:100vh;padding:24px 24px 64px;border:0;border-radius:0}footer{inset:auto 24px 20px}}
`;

const logo = `<svg width="44" height="44" viewBox="0 0 26 26" fill="none" aria-hidden="true"><path d="M4 3v20M22 3v20" stroke="currentColor" stroke-width="2.6" stroke-linecap="round"/><rect x="7.6" y="3" width="10.8" height="8.6" rx="1.6" fill="currentColor"/><path d="M7.8 17c1.75-1.6 3.45-1.6 5.2 0s3.45 1.6 5.2 0M7.8 22.2c1.75-1.6 3.45-1.6 5.2 0s3.45 1.6 5.2 0" stroke="currentColor" stroke-width="2.1" stroke-linecap="round"/></svg>`;

const chevron = `<svg class="go" width="16" height="16" viewBox="0 0 24 24" fill="none" stroke="currentColor" stroke-width="2" stroke-linecap="round" stroke-linejoin="round" aria-hidden="true"><path d="M9 6l6 6l-6 6"/></svg>`;

const initials = (name: string): string =>
  name
    .split(" ")
    .map((word) => word.charAt(0))
    .join("");

const people = demoPeople
  .map(
    ({ subject, name, title }) =>
      `<li><button name="actor" value="${subject}"><span class="face" aria-hidden="true">${initials(name)}</span><b>${name}</b><span class="title">${title}</span>${chevron}</button></li>`,
  )
  .join("");

/** Nothing in it comes from a request. */
export const signInPage = `<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<title>Sign in · Sluice demo</title><style>${style}</style></head>
<body><main>${logo}<h1>Sign in to Sluice</h1>
<p>This is the demo's own sign-in. Pick whom to be; another tab can be somebody else.</p>
<form method="post"><h2>demo people</h2><ul>${people}</ul></form>
<footer>Made-up people. No target's password ever reaches your browser.</footer></main></body></html>`;

/** Chrome holds the redirects that follow a form against `form-action`, so the portal's origins are named. */
export const signInPolicy = (portalOrigins: readonly string[]): string =>
  [
    "default-src 'none'",
    "font-src data:",
    `style-src 'sha256-${createHash("sha256").update(style).digest("base64")}'`,
    `form-action 'self' ${portalOrigins.join(" ")}`,
    "base-uri 'none'",
    "frame-ancestors 'none'",
  ].join("; ");
