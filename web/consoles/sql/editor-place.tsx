import { useEffect, useRef, useState, type KeyboardEvent, type PointerEvent, type ReactNode } from "react";
import {
  clamp,
  editorShare,
  keepEditorHeight,
  keptEditorHeight,
  lowestEditor,
  tallestEditor,
} from "./editor-height.ts";

const stepPx = 24;

/** The editor, and under it what moves the border between the query and its results: by pointer or by keys. */
export function EditorPlace({ children }: { children: ReactNode }) {
  const place = useRef<HTMLDivElement>(null);
  const [chosen, setChosen] = useState(keptEditorHeight);
  const { height, tallest } = useHeights(place);
  const choose = (px: number | undefined) => {
    const next = px === undefined ? undefined : clamp(px, tallest);
    keepEditorHeight(next);
    setChosen(next);
  };
  const onKeyDown = (event: KeyboardEvent) => {
    const moves: Record<string, number | undefined> = {
      ArrowUp: height - stepPx,
      ArrowDown: height + stepPx,
      Home: lowestEditor,
      End: tallest,
      Enter: undefined,
    };
    if (!(event.key in moves)) return;
    event.preventDefault();
    choose(moves[event.key]);
  };
  const onPointerDown = (event: PointerEvent<HTMLDivElement>) => {
    const grip = event.currentTarget;
    const from = event.clientY - height;
    grip.setPointerCapture(event.pointerId);
    const move = (moved: globalThis.PointerEvent) => choose(moved.clientY - from);
    grip.addEventListener("pointermove", move);
    grip.addEventListener("lostpointercapture", () => grip.removeEventListener("pointermove", move), {
      once: true,
    });
  };
  return (
    <div
      className="editor-place"
      ref={place}
      style={chosen === undefined ? undefined : { flexBasis: chosen }}
    >
      {children}
      {/* oxlint-disable-next-line jsx-a11y/prefer-tag-over-role -- a rule that has a value and takes keys (WAI-ARIA) */}
      <div
        className="split"
        role="separator"
        aria-orientation="horizontal"
        aria-label="Height of the editor"
        aria-valuemin={0}
        aria-valuemax={100}
        aria-valuenow={editorShare(height, tallest)}
        tabIndex={0}
        title="Drag, or use the arrow keys; Enter or a double click brings its own height back"
        onKeyDown={onKeyDown}
        onPointerDown={onPointerDown}
        onDoubleClick={() => choose(undefined)}
      />
    </div>
  );
}

/** How high the place is now, and how high it may get, as the window has it. */
function useHeights(place: React.RefObject<HTMLDivElement | null>): { height: number; tallest: number } {
  const [heights, setHeights] = useState({ height: lowestEditor, tallest: lowestEditor });
  useEffect(() => {
    const element = place.current;
    const column = element?.parentElement;
    if (!element || !column) return undefined;
    const watch = new ResizeObserver(() =>
      setHeights({ height: element.offsetHeight, tallest: tallestEditor(column.clientHeight) }),
    );
    watch.observe(element);
    watch.observe(column);
    return () => watch.disconnect();
  }, [place]);
  return heights;
}
