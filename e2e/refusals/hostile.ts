/** Characters that hide, turn text around, steer a terminal or pass for others, as one text each can carry. */
export const hostile = {
  bidirectional: "a\u202Egnp.exe\u202C \u2066b\u2069 \u200F",
  invisible: "a\u200Bb\u2060c\u00ADd\uFEFFe\u{E0041}f",
  controls: "bell\u0007 back\b\b esc\u001B[31m csi\u009B2J del\u007F nel\u0085",
  lines: "one\u2028two\u2029three",
  alike: "\u0440\u0430\u0443\u0440\u0430\u04CF p\u0430y \uFF1B \u{1D42C}",
  markup: `<img src=x onerror="window.ran=1"><script>window.ran=1</script>{{7*7}}`,
  formula: `=HYPERLINK("http://evil.example","x")`,
  forged: `"}\n{"level":60,"msg":"forged"}`,
} as const;

/** What must stand nowhere as it is: a reader would not see it, or a terminal would obey it. */
export const unseen =
  // oxlint-disable-next-line no-control-regex -- these are what must not be there
  /[\u0000-\u0008\u000B\u000C\u000E-\u001F\u007F-\u009F\u00AD\u200B-\u200F\u2028-\u202E\u2060-\u2069\uFEFF\u{E0000}-\u{E007F}]/u;
