import { editor, languages, type IRange } from "monaco-editor/editor";
import "monaco-editor/features/anchorSelect/register";
import "monaco-editor/features/bracketMatching/register";
import "monaco-editor/features/caretOperations/register";
import "monaco-editor/features/clipboard/register";
import "monaco-editor/features/codicon/register";
import "monaco-editor/features/comment/register";
import "monaco-editor/features/contextmenu/register";
import "monaco-editor/features/cursorUndo/register";
import "monaco-editor/features/dnd/register";
import "monaco-editor/features/find/register";
import "monaco-editor/features/gotoError/register";
import "monaco-editor/features/hover/register";
import "monaco-editor/features/indentation/register";
import "monaco-editor/features/lineSelection/register";
import "monaco-editor/features/linesOperations/register";
import "monaco-editor/features/multicursor/register";
import "monaco-editor/features/smartSelect/register";
import "monaco-editor/features/snippet/register";
import "monaco-editor/editor/contrib/suggest/browser/suggestController";
import "monaco-editor/features/suggest/register";
import "monaco-editor/features/toggleTabFocusMode/register";
import "monaco-editor/features/unicodeHighlighter/register";
import "monaco-editor/features/wordOperations/register";
import type { Catalog } from "../../../shared/nouns/catalog.ts";
import { complete, type Suggestion } from "./completion.ts";
import { sqlLanguage } from "./sql-language.ts";

declare global {
  interface Window {
    MonacoEnvironment?: { getWorker: () => Worker };
  }
}
window.MonacoEnvironment = {
  getWorker: () =>
    new Worker(
      new URL("../../../node_modules/monaco-editor/esm/vs/editor/editor.worker.js", import.meta.url),
      { type: "module" },
    ),
};

const kinds: Record<Suggestion["kind"], languages.CompletionItemKind> = {
  relation: languages.CompletionItemKind.Struct,
  column: languages.CompletionItemKind.Field,
  function: languages.CompletionItemKind.Function,
  keyword: languages.CompletionItemKind.Keyword,
  schema: languages.CompletionItemKind.Module,
  alias: languages.CompletionItemKind.Variable,
};

let catalog: Catalog | undefined;

/** The catalog that completion draws from: of the target whose editor is shown. */
export function completeFrom(next: Catalog | undefined): void {
  catalog = next;
}

languages.registerCompletionItemProvider(sqlLanguage, {
  triggerCharacters: [".", " "],
  provideCompletionItems: (model, position) => {
    if (catalog === undefined) return { suggestions: [] };
    const word = model.getWordUntilPosition(position);
    const range: IRange = {
      startLineNumber: position.lineNumber,
      endLineNumber: position.lineNumber,
      startColumn: word.startColumn,
      endColumn: word.endColumn,
    };
    return {
      suggestions: complete(model.getValue(), model.getOffsetAt(position), catalog).map(
        (suggestion, index) => ({
          label: { label: suggestion.label, description: suggestion.detail },
          kind: kinds[suggestion.kind],
          insertText: suggestion.insert,
          sortText: `${suggestion.rank} ${String(index).padStart(4, "0")}`,
          range,
        }),
      ),
    };
  },
});

/** A token's value as Monaco wants colours: `#rrggbb`, also where the build has shortened it to `#rgb`. */
function token(name: string): string {
  const value = getComputedStyle(document.documentElement).getPropertyValue(`--sl-${name}`).trim();
  return value.length === 4 ? value.replace(/[\da-f]/giu, "$&$&") : value;
}

const bare = (colour: string) => colour.replace("#", "");

/** Paints Monaco with the tokens of the scheme that is shown. Call again when the scheme changes. */
export function paintMonaco(dark: boolean): void {
  editor.defineTheme("sluice", {
    base: dark ? "vs-dark" : "vs",
    inherit: true,
    rules: [
      { token: "", foreground: bare(token("text")) },
      { token: "keyword", foreground: bare(token("code-key")), fontStyle: "bold" },
      { token: "string", foreground: bare(token("code-str")) },
      { token: "number", foreground: bare(token("code-num")) },
      { token: "parameter", foreground: bare(token("code-num")) },
      { token: "comment", foreground: bare(token("code-com")), fontStyle: "italic" },
      { token: "function", foreground: bare(token("code-fn")) },
      { token: "identifier", foreground: bare(token("text")) },
    ],
    colors: {
      "editor.background": token("code-bg"),
      "editor.foreground": token("text"),
      "editorLineNumber.foreground": token("text-3"),
      "editorLineNumber.activeForeground": token("text"),
      // Colours say what a word is; brackets need none.
      ...Object.fromEntries(
        [1, 2, 3, 4, 5, 6].map((depth) => [`editorBracketHighlight.foreground${depth}`, token("text")]),
      ),
      "editor.lineHighlightBackground": token("hover"),
      "editor.lineHighlightBorder": token("hover"),
      "editor.selectionBackground": token("selected"),
      "editor.inactiveSelectionBackground": token("selected"),
      "editorCursor.foreground": token("accent-text"),
      "editorWidget.background": token("raised"),
      "editorWidget.border": token("line"),
      "editorSuggestWidget.background": token("raised"),
      "editorSuggestWidget.border": token("line"),
      "editorSuggestWidget.foreground": token("text"),
      "editorSuggestWidget.selectedBackground": token("selected"),
      "editorSuggestWidget.selectedForeground": token("text"),
      "editorSuggestWidget.highlightForeground": token("accent-text"),
      "editorSuggestWidget.focusHighlightForeground": token("accent-text"),
      "editorError.foreground": token("stop-solid"),
      "editorHoverWidget.background": token("raised"),
      "editorHoverWidget.border": token("line"),
      "editorUnicodeHighlight.border": token("stop-solid"),
      "editorUnicodeHighlight.background": token("stop-bg"),
      "input.background": token("surface"),
      "input.border": token("line-strong"),
      focusBorder: token("focus"),
      "scrollbarSlider.background": `${token("line-strong")}55`,
      "scrollbarSlider.hoverBackground": `${token("line-strong")}88`,
      "scrollbarSlider.activeBackground": `${token("line-strong")}aa`,
    },
  });
  editor.setTheme("sluice");
}
