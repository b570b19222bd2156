import type { editor } from "monaco-editor/editor";

/** How text is shown that is reviewed, judged or put in force: each character as what it is, nothing folded away. */
export const editorOptions = {
  automaticLayout: true,
  fontFamily: "'JetBrains Mono Variable', ui-monospace, monospace",
  fontSize: 13,
  lineHeight: 20,
  // What is reviewed is what runs: no ligatures, slashed zero.
  fontLigatures: "'zero' 1, 'liga' 0, 'calt' 0",
  minimap: { enabled: false },
  scrollBeyondLastLine: false,
  overviewRulerLanes: 0,
  overviewRulerBorder: false,
  lineNumbersMinChars: 4,
  lineDecorationsWidth: 14,
  glyphMargin: false,
  folding: false,
  occurrencesHighlight: "off",
  padding: { top: 6, bottom: 6 },
  renderLineHighlightOnlyWhenFocus: true,
  wordWrap: "on",
  tabSize: 2,
  renderControlCharacters: true,
  fixedOverflowWidgets: true,
  guides: { indentation: false, bracketPairs: false },
  bracketPairColorization: { enabled: false },
  scrollbar: { verticalScrollbarSize: 10, horizontalScrollbarSize: 10, useShadows: false },
} satisfies editor.IStandaloneEditorConstructionOptions;
