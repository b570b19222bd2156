import { editor, languages, MarkerSeverity } from "monaco-editor/editor";
import { useEffect, useImperativeHandle, useRef, type Ref } from "react";
import type { PolicyProblem } from "../api/policies.ts";
import { useScheme } from "../frame/scheme.ts";
import { editorOptions } from "../consoles/sql/editor-options.ts";
import { paintMonaco } from "../consoles/sql/monaco.ts";

export type PolicyEditorHandle = {
  /** Scrolls a line to the upper third and puts the cursor there. */
  reveal(line: number): void;
  /** Replaces the whole text; one undo brings it back. */
  replace(text: string): void;
};

type Props = {
  ref: Ref<PolicyEditorHandle>;
  initial: string;
  readOnly: boolean;
  problems: readonly PolicyProblem[];
  /** Lines that differ from the version in force. */
  changed: readonly number[];
  onChange: (text: string) => void;
  onLine: (line: number) => void;
};

const language = "cedar";

languages.register({ id: language });
languages.setLanguageConfiguration(language, {
  comments: { lineComment: "//" },
  brackets: [
    ["{", "}"],
    ["[", "]"],
    ["(", ")"],
  ],
  autoClosingPairs: ["{}", "[]", "()", '""'].map((pair) => ({ open: pair.charAt(0), close: pair.charAt(1) })),
});
languages.setMonarchTokensProvider(language, {
  keywords: "permit forbid when unless if then else in like has is true false".split(" "),
  variables: "principal action resource context".split(" "),
  tokenizer: {
    root: [
      [/\/\/.*$/, "comment"],
      [/@[A-Za-z_]\w*/, "function"],
      [/"(?:[^"\\]|\\.)*"?/, "string"],
      [/-?\d+/, "number"],
      [
        /[A-Za-z_]\w*/,
        { cases: { "@keywords": "keyword", "@variables": "keyword", "@default": "identifier" } },
      ],
    ],
  },
});

/** The text of all policies. Its own model, so that undo goes back to where the page was opened. */
export function PolicyEditor({ ref, initial, readOnly, problems, changed, onChange, onLine }: Props) {
  const place = useRef<HTMLDivElement>(null);
  const shown = useRef<editor.IStandaloneCodeEditor>(undefined);
  const decorations = useRef<editor.IEditorDecorationsCollection>(undefined);
  const first = useRef(initial);
  const handlers = useRef({ onChange, onLine });
  const { dark } = useScheme();
  useEffect(() => {
    handlers.current = { onChange, onLine };
  });
  useEffect(() => {
    if (place.current === null) return undefined;
    const model = editor.createModel(first.current, language);
    const created = editor.create(place.current, {
      ...editorOptions,
      model,
      ariaLabel: "Policies. Control M lets Tab leave the editor.",
      unicodeHighlight: { nonBasicASCII: false, includeComments: true, includeStrings: true },
      wordBasedSuggestions: "currentDocument",
    });
    shown.current = created;
    decorations.current = created.createDecorationsCollection();
    const listening = [
      created.onDidChangeModelContent(() => handlers.current.onChange(created.getValue())),
      created.onDidChangeCursorPosition(({ position }) => handlers.current.onLine(position.lineNumber)),
    ];
    return () => {
      for (const each of listening) each.dispose();
      created.dispose();
      model.dispose();
      shown.current = undefined;
    };
  }, []);
  useEffect(() => paintMonaco(dark), [dark]);
  useEffect(() => shown.current?.updateOptions({ readOnly }), [readOnly]);
  useEffect(() => {
    const model = shown.current?.getModel();
    if (model === null || model === undefined) return;
    editor.setModelMarkers(
      model,
      "gateway",
      problems.map(({ line, column, endLine, endColumn, message }) => ({
        severity: MarkerSeverity.Error,
        startLineNumber: line,
        startColumn: column,
        endLineNumber: endLine,
        // A point is drawn under the character that stands there.
        endColumn: line === endLine && column === endColumn ? column + 1 : endColumn,
        message,
      })),
    );
  }, [problems]);
  useEffect(() => {
    decorations.current?.set(
      changed.map((line) => ({
        range: { startLineNumber: line, startColumn: 1, endLineNumber: line, endColumn: 1 },
        options: { isWholeLine: true, linesDecorationsClassName: "policy-changed" },
      })),
    );
  }, [changed]);
  useImperativeHandle(ref, () => ({
    reveal: (line) => {
      shown.current?.revealLineNearTop(line);
      shown.current?.setPosition({ lineNumber: line, column: 1 });
      shown.current?.focus();
    },
    replace: (text) => {
      const model = shown.current?.getModel();
      if (model === null || model === undefined) return;
      model.pushEditOperations([], [{ range: model.getFullModelRange(), text }], () => null);
    },
  }));
  return <div className="policy-editor" ref={place} />;
}
