import { editor, KeyCode, KeyMod, MarkerSeverity } from "monaco-editor/editor";
import { useEffect, useImperativeHandle, useRef, type Ref } from "react";
import type { Catalog } from "../../../shared/nouns/catalog.ts";
import type { Tone } from "../../ui/tone.ts";
import { editorOptions } from "./editor-options.ts";
import type { Fault } from "./failure.ts";
import { completeFrom, paintMonaco } from "./monaco.ts";
import { sqlLanguage } from "./sql-language.ts";
import type { StatementSpan } from "./statements.ts";
import { useScheme } from "../../frame/scheme.ts";

/** What the workspace does with an editor that is shown. */
export type EditorHandle = {
  focus(): void;
  /** The text as it stands in the editor, which a page that is about to be drawn again may not know yet. */
  text(): string;
  /** Characters from the start of the text. */
  offset(): number;
  /** The text of the selection; "" without one. */
  selection(): string;
  /** Replaces the whole text so that one undo brings it back. */
  replace(text: string): void;
  insert(text: string): void;
};

/** The statement that the verdict line speaks of, and how it stands. */
export type Marking = {
  span: StatementSpan;
  tone: Tone;
  masked: readonly string[];
  errorAt?: Fault;
};

type Props = {
  ref: Ref<EditorHandle>;
  /** Tells one text from another: each has its own model, undo history and cursor. */
  id: string;
  initial: string;
  catalog: Catalog | undefined;
  marking: Marking | undefined;
  onChange: (text: string) => void;
  onCursor: (offset: number) => void;
  onRun: () => void;
  onRunAll: () => void;
  onCancel: () => void;
};

export function SqlEditor({
  ref,
  id,
  initial,
  catalog,
  marking,
  onChange,
  onCursor,
  onRun,
  onRunAll,
  onCancel,
}: Props) {
  const place = useRef<HTMLDivElement>(null);
  const shown = useRef<editor.IStandaloneCodeEditor>(undefined);
  const models = useRef(
    new Map<string, { model: editor.ITextModel; view: editor.ICodeEditorViewState | null }>(),
  );
  const decorations = useRef<editor.IEditorDecorationsCollection>(undefined);
  const handlers = useRef({ onChange, onCursor, onRun, onRunAll, onCancel });
  const { dark } = useScheme();
  useEffect(() => {
    handlers.current = { onChange, onCursor, onRun, onRunAll, onCancel };
  });

  useEffect(() => {
    if (place.current === null) return undefined;
    const created = editor.create(place.current, {
      ...editorOptions,
      hideCursorInOverviewRuler: true,
      renderLineHighlight: "line",
      accessibilitySupport: "auto",
      ariaLabel:
        "SQL editor. Control Enter runs the statement at the cursor. Control M lets Tab leave the editor.",
      unicodeHighlight: {
        ambiguousCharacters: true,
        invisibleCharacters: true,
        nonBasicASCII: false,
        includeComments: true,
        includeStrings: true,
      },
      wordBasedSuggestions: "off",
    });
    shown.current = created;
    decorations.current = created.createDecorationsCollection();
    const kept = models.current;
    const listening = [
      created.onDidChangeModelContent(() => handlers.current.onChange(created.getValue())),
      created.onDidChangeCursorPosition(({ position }) => {
        const model = created.getModel();
        if (model !== null) handlers.current.onCursor(model.getOffsetAt(position));
      }),
    ];
    // Running closes the suggestions: the next Esc is for what runs.
    const closeSuggestions = () => created.trigger("sluice", "hideSuggestWidget", {});
    created.addCommand(KeyMod.CtrlCmd | KeyCode.Enter, () => {
      closeSuggestions();
      handlers.current.onRun();
    });
    created.addCommand(KeyMod.CtrlCmd | KeyMod.Shift | KeyCode.Enter, () => {
      closeSuggestions();
      handlers.current.onRunAll();
    });
    created.addCommand(
      KeyCode.Escape,
      () => handlers.current.onCancel(),
      "!suggestWidgetVisible && !findWidgetVisible && !editorHasSelection && !markersNavigationVisible",
    );
    return () => {
      for (const each of listening) each.dispose();
      for (const { model } of kept.values()) model.dispose();
      kept.clear();
      created.dispose();
      shown.current = undefined;
    };
  }, []);

  // One model a tab: undo, cursor and scroll are kept while another is shown. `initial` counts once.
  const firstText = useRef(initial);
  useEffect(() => {
    firstText.current = initial;
  });
  useEffect(() => {
    const view = shown.current;
    if (view === undefined) return undefined;
    const known = models.current.get(id) ?? {
      model: createModel(firstText.current),
      view: null,
    };
    models.current.set(id, known);
    view.setModel(known.model);
    view.restoreViewState(known.view);
    view.focus();
    const kept = models.current;
    return () => {
      kept.set(id, { model: known.model, view: view.saveViewState() });
    };
  }, [id]);

  useEffect(() => paintMonaco(dark), [dark]);
  useEffect(() => completeFrom(catalog), [catalog]);
  useEffect(() => mark(shown.current, decorations.current, marking), [marking]);

  useImperativeHandle(ref, () => ({
    focus: () => shown.current?.focus(),
    text: () => shown.current?.getValue() ?? "",
    offset: () => {
      const model = shown.current?.getModel();
      const position = shown.current?.getPosition();
      return model === null || model === undefined || position === null || position === undefined
        ? 0
        : model.getOffsetAt(position);
    },
    selection: () => {
      const range = shown.current?.getSelection();
      return range === null || range === undefined
        ? ""
        : (shown.current?.getModel()?.getValueInRange(range) ?? "");
    },
    replace: (text) => {
      const model = shown.current?.getModel();
      if (model === null || model === undefined) return;
      shown.current?.pushUndoStop();
      shown.current?.executeEdits("sluice", [{ range: model.getFullModelRange(), text }]);
      shown.current?.pushUndoStop();
      shown.current?.focus();
    },
    insert: (text) => {
      const range = shown.current?.getSelection();
      if (range === null || range === undefined) return;
      shown.current?.executeEdits("sluice", [{ range, text, forceMoveMarkers: true }]);
      shown.current?.focus();
    },
  }));
  return <div className="sql-editor" ref={place} />;
}

function createModel(text: string): editor.ITextModel {
  const model = editor.createModel(text, sqlLanguage);
  // Colours say what a word is; brackets need none.
  model.updateOptions({
    bracketColorizationOptions: { enabled: false, independentColorPoolPerBracketType: false },
  });
  return model;
}

/** Draws the bar beside the statement, the dotted lines under masked columns, and the error's wave. */
function mark(
  view: editor.IStandaloneCodeEditor | undefined,
  drawn: editor.IEditorDecorationsCollection | undefined,
  marking: Marking | undefined,
): void {
  const model = view?.getModel();
  if (model === null || model === undefined || drawn === undefined) return;
  if (marking === undefined) {
    drawn.clear();
    editor.setModelMarkers(model, "sluice", []);
    return;
  }
  const at = (offset: number) => model.getPositionAt(offset);
  const range = (start: number, end: number) => ({
    startLineNumber: at(start).lineNumber,
    startColumn: at(start).column,
    endLineNumber: at(end).lineNumber,
    endColumn: at(end).column,
  });
  const { span, tone, masked, errorAt } = marking;
  const statement = model.getValue().slice(span.start, span.end);
  const names = masked.map((name) => name.replace(/[$()*+.?[\\\]^{|}]/gu, "\\$&"));
  const found =
    names.length === 0
      ? []
      : [...statement.matchAll(new RegExp(`(?<![\\w$])(?:${names.join("|")})(?![\\w$])`, "giu"))];
  drawn.set([
    {
      range: range(span.start, span.end),
      options: { isWholeLine: true, linesDecorationsClassName: `statement-bar t-${tone}` },
    },
    ...found.map((match) => ({
      range: range(span.start + match.index, span.start + match.index + match[0].length),
      options: {
        inlineClassName: "masked-name",
        hoverMessage: { value: "Masked: the clear value never leaves the database." },
      },
    })),
  ]);
  editor.setModelMarkers(
    model,
    "sluice",
    errorAt === undefined
      ? []
      : [
          {
            ...range(
              errorAt.offset,
              Math.min(errorAt.offset + wordLength(model.getValue(), errorAt.offset), model.getValueLength()),
            ),
            message: errorAt.message,
            severity: MarkerSeverity.Error,
          },
        ],
  );
}

function wordLength(text: string, offset: number): number {
  return Math.max(1, /^[\p{L}\p{N}_]+/u.exec(text.slice(offset))?.[0].length ?? 1);
}
