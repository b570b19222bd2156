import { matches, type Detector } from "./detector.ts";

/** Whether a text has one of these in it. */
const has =
  (...signs: readonly string[]) =>
  (text: string): boolean =>
    signs.some((sign) => text.includes(sign));
const prefixed =
  /(?:gh[pousr]|github_pat|[sr]k_(?:live|test)|whsec|npm|hf|dckr_pat|shp(?:at|ca|pa|ss)|dop_v1|glsa|lin_api)_/;

/**
 * Credentials are never shown, whatever the classes say. Prefixes as their issuers document them; each pattern is tried
 * where the text has its `sign`, which begins with a rare character where it can: such are found a word at a time. Where
 * it cannot, a pattern looks faster than a search: one that is more than its letters steps over as many at once.
 */
const credentials: readonly { sign: (text: string) => boolean; patterns: readonly RegExp[] }[] = [
  {
    sign: has("VATE KEY"),
    patterns: [
      /-----BEGIN [A-Z0-9 ]{0,30}PRIVATE KEY(?: BLOCK)?-----[^-]{0,20000}(?:-----END [A-Z0-9 ]{0,30}PRIVATE KEY(?: BLOCK)?-----)?/g,
    ],
  },
  {
    sign: has(".eyJ"),
    patterns: [/(?<![\w-])eyJ[\w-]{8,8192}\.eyJ[\w-]{8,8192}\.[\w-]{10,2048}/g],
  },
  {
    // Encrypted (RFC 7516): five parts, of which the first alone is JSON.
    sign: has("yJ"),
    patterns: [
      /(?<![\w-])eyJ[\w-]{8,8192}\.[\w-]{0,1024}\.[\w-]{16,24}\.[\w-]{1,8192}\.[\w-]{16,24}(?![\w-])/g,
    ],
  },
  {
    sign: has("AKIA", "ASIA"),
    patterns: [/(?<![A-Za-z0-9])(?:AKIA|ASIA)[A-Z2-7]{16}(?![A-Za-z0-9])/g],
  },
  {
    sign: (text) => /aws_?secret|secret_?access_?key/i.test(text),
    patterns: [
      /(?<=(?:aws_?secret_?(?:access_?)?|secret_?access_?)key["']?\s{0,3}[=:]\s{0,3}["']?)[A-Za-z0-9/+]{40}(?![A-Za-z0-9/+])/gi,
    ],
  },
  {
    sign: has("IQoJ", "FwoG", "FQoG"),
    patterns: [/(?<![A-Za-z0-9/+])(?:IQoJ|FwoG|FQoG)[A-Za-z0-9/+]{100,2048}={0,2}/g],
  },
  {
    sign: has("Key="),
    patterns: [/(?<=(?:Account|SharedAccess)Key=)[A-Za-z0-9+/]{43,86}={1,2}/g],
  },
  {
    sign: (text) => text.includes("=") && /[?&;]sig=/.test(text),
    patterns: [/(?<=[?&;]sig=)[A-Za-z0-9%+/]{40,120}(?:%3[dD]|=)/g],
  },
  {
    sign: has("Q~"),
    patterns: [/(?<![\w~.-])[A-Za-z0-9_~.]{3}\dQ~[A-Za-z0-9_~.-]{31,34}(?![\w~-])/g],
  },
  { sign: has("AIza"), patterns: [/(?<![\w-])AIza[\w-]{35}(?![\w-])/g] },
  {
    sign: has("SPX-", "ya29."),
    patterns: [/(?<![\w-])(?:GOCSPX-[\w-]{28}|ya29\.[\w-]{20,1024})/g],
  },
  {
    sign: (text) => text.includes("_") && prefixed.test(text),
    patterns: [
      /(?<!\w)(?:gh[pousr]_[A-Za-z0-9]{36,255}|github_pat_\w{22,255})/g,
      /(?<!\w)(?:[sr]k_(?:live|test)|whsec)_[A-Za-z0-9]{16,247}/g,
      /(?<!\w)npm_[A-Za-z0-9]{36}(?!\w)/g,
      /(?<!\w)(?:hf_[A-Za-z0-9]{30,60}|dckr_pat_[\w-]{20,60}|shp(?:at|ca|pa|ss)_[0-9a-fA-F]{32})(?!\w)/g,
      /(?<!\w)(?:dop_v1_[0-9a-f]{64}|glsa_\w{32,60}|lin_api_[A-Za-z0-9]{40})(?!\w)/g,
    ],
  },
  {
    sign: (text) => text.includes("gl") && /gl(?:pat|dt|rt|ft|soat|cbt|ptt)-/.test(text),
    patterns: [/(?<![\w-])gl(?:pat|dt|rt|ft|soat|cbt|ptt)-[\w-]{20,64}/g],
  },
  {
    sign: has("xox", "xapp-"),
    patterns: [/(?<![\w-])(?:xox[abcdeoprs]-[A-Za-z0-9%-]{10,250}|xapp-\d-[A-Za-z0-9-]{10,250})/g],
  },
  { sign: (text) => /hvs\.[\w-]{8}/.test(text), patterns: [/(?<![\w.-])hvs\.[\w-]{24,255}/g] },
  {
    sign: (text) => /pypi-AgEIcHlwaS5vcmc[\w-]/.test(text),
    patterns: [/(?<![\w-])pypi-AgEIcHlwaS5vcmc[\w-]{50,1024}/g],
  },
  { sign: has("KEY-1"), patterns: [/(?<!\w)AGE-SECRET-KEY-1[0-9A-Z]{58}/g] },
  {
    sign: (text) => /hooks\.slack\.com\/services\/[A-Z0-9]/.test(text),
    patterns: [/(?<=hooks\.slack\.com\/services\/)[A-Z0-9]{8,12}\/[A-Z0-9]{8,12}\/[A-Za-z0-9]{20,30}/g],
  },
  { sign: has("SG."), patterns: [/(?<![\w.])SG\.[\w-]{16,64}\.[\w-]{16,64}/g] },
  {
    sign: (text) => /sk-(?:proj|ant|svcacct)-/.test(text),
    patterns: [/(?<![\w-])sk-(?:proj-|ant-|svcacct-)[\w-]{20,200}/g],
  },
  {
    sign: (text) => /authorization/i.test(text),
    // Prose goes on with a word; what a header carries has a digit, a dot or an equals sign in it.
    patterns: [
      /(?<=authorization["']?\s?[:=]\s?["']?(?:basic|bearer|token)\s)(?=[A-Za-z+/~_-]{0,4096}[\d.=])[\w+/=.~-]{8,4096}/gi,
    ],
  },
  {
    // A user may be left out, and a password have an @ in it that nobody escaped.
    sign: (text) => text.includes("@") && /:\/\/[^\s:/@]{0,255}:[^\s/]{1,255}@/.test(text),
    patterns: [/(?<=[a-z][a-z0-9+.-]{1,30}:\/\/[^\s:/@]{0,255}:)[^\s/]{1,255}(?=@)/gi],
  },
  {
    sign: (text) => text.includes(";") && text.includes("=") && /(?:password|pwd)\s?=/i.test(text),
    patterns: [
      /(?<=(?:;|^|\s)(?:password|pwd)\s?=\s?)(?:"[^"\n]{1,255}"|'[^'\n]{1,255}'|[^\s;'"]{4,255})(?=;)/gim,
      /(?<=;\s?(?:password|pwd)\s?=\s?)(?:"[^"\n]{1,255}"|'[^'\n]{1,255}'|[^\s;'"]{4,255})(?=["'\s]|$)/gim,
    ],
  },
];

export const credential: Detector = {
  classes: [],
  name: "credential",
  mayHold: (text) => credentials.some(({ sign }) => sign(text)),
  *find(text) {
    for (const { sign, patterns } of credentials)
      if (sign(text)) for (const pattern of patterns) yield* matches(pattern, text);
  },
};
