import { languages } from "monaco-editor/editor";
import { keywordList } from "../../ui/sql-tokens.ts";

/** PostgreSQL for Monaco, with the same words and borders as everywhere else in the portal. */
export const sqlLanguage = "pgsql";

languages.register({ id: sqlLanguage });
languages.setLanguageConfiguration(sqlLanguage, {
  comments: { lineComment: "--", blockComment: ["/*", "*/"] },
  brackets: [
    ["(", ")"],
    ["[", "]"],
  ],
  autoClosingPairs: [
    { open: "(", close: ")" },
    { open: "[", close: "]" },
    { open: "'", close: "'", notIn: ["string", "comment"] },
    { open: '"', close: '"', notIn: ["string", "comment"] },
  ],
  wordPattern: /\$?[\p{L}_][\p{L}\p{N}_$]*/u,
});
languages.setMonarchTokensProvider(sqlLanguage, {
  ignoreCase: true,
  unicode: true,
  keywords: [...keywordList],
  tokenizer: {
    root: [
      [/--.*$/u, "comment"],
      [/\/\*/u, "comment", "@comment"],
      [/(\$[\p{L}_]?[\p{L}\p{N}_]*\$)/u, { token: "string", next: "@dollar.$1" }],
      [/\$\d+/u, "parameter"],
      [/e'/u, "string", "@escaped"],
      [/'/u, "string", "@text"],
      [/"(?:[^"]|"")*"?/u, "identifier"],
      [/\d[\d_]*(?:\.\d*)?(?:e[+-]?\d+)?/u, "number"],
      [/[\p{L}_][\p{L}\p{N}_$]*(?=\()/u, { cases: { "@keywords": "keyword", "@default": "function" } }],
      [/[\p{L}_][\p{L}\p{N}_$]*/u, { cases: { "@keywords": "keyword", "@default": "identifier" } }],
    ],
    comment: [
      [/\/\*/u, "comment", "@push"],
      [/\*\//u, "comment", "@pop"],
      [/./u, "comment"],
    ],
    text: [
      [/[^']+|''/u, "string"],
      [/'/u, "string", "@pop"],
    ],
    escaped: [
      [/[^'\\]+|''|\\./u, "string"],
      [/'/u, "string", "@pop"],
    ],
    dollar: [
      [
        /\$[\p{L}_]?[\p{L}\p{N}_]*\$/u,
        { cases: { "$0==$S2": { token: "string", next: "@pop" }, "@default": "string" } },
      ],
      [/[^$]+|\$/u, "string"],
    ],
  },
});
