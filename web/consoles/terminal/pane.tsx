import {
  useEffect,
  useLayoutEffect,
  useRef,
  useState,
  useSyncExternalStore,
  type ClipboardEvent,
} from "react";
import { useScheme } from "../../frame/scheme.ts";
import { toast } from "../../ui/toast.tsx";
import { verdicts } from "../../ui/verdict.tsx";
import { FindBar } from "./find-bar.tsx";
import { Gutter } from "./gutter.tsx";
import { HeldStrip } from "./held-strip.tsx";
import { LinkDialog } from "./link-dialog.tsx";
import { waits, withdraw, type LivingTerminal } from "./living-terminal.ts";
import { liftFor } from "./marks.ts";
import { PaneBar } from "./pane-bar.tsx";
import { PaneState } from "./pane-state.tsx";
import { checkPaste, maxPasteLength, type Paste } from "./paste-check.ts";
import { PasteDialog } from "./paste-dialog.tsx";
import { PhoneKeys } from "./phone-keys.tsx";
import type { OwnPreferences } from "./use-preferences.ts";
import { useView } from "./use-view.ts";

type Props = {
  living: LivingTerminal;
  /** What its tab is called. */
  name: string;
  preferences: OwnPreferences;
  active: boolean;
  activate: () => void;
  chosen: string | undefined;
  choose: (command: string) => void;
  finding: boolean;
  find: (open: boolean) => void;
  split: (() => void) | undefined;
  /** Opens another session on the same target. */
  openAnother: () => void;
  /** Asks for one whose lines nobody judges. */
  askRaw: () => void;
};

/** One terminal with what belongs to it: its bar, its marks, the line that waits, and what stands in its way. */
export function Pane(props: Props) {
  const { living, name, preferences, active, activate, chosen, choose, finding, find } = props;
  const { split, openAnother, askRaw } = props;
  const { terminal } = living.xterm;
  const state = useSyncExternalStore(living.subscribe, living.snapshot);
  const view = useView(living);
  const { dark } = useScheme();
  const pane = useRef<HTMLElement>(null);
  const place = useRef<HTMLDivElement>(null);
  const lifted = useRef<HTMLDivElement>(null);
  const under = useRef<HTMLDivElement>(null);
  const [room, setRoom] = useState({ height: 0, strip: 0 });
  const [pasted, setPasted] = useState<Paste>();

  useEffect(() => (lifted.current === null ? undefined : living.show(lifted.current)), [living]);
  const { fontSize, screenReader } = preferences;
  useEffect(
    () => living.prefer({ fontSize, screenReader }, dark ? "dark" : "light"),
    [living, fontSize, screenReader, dark],
  );
  useEffect(() => {
    if (active) living.focus();
  }, [active, living]);

  const latest = useRef(activate);
  useEffect(() => {
    latest.current = activate;
  });
  useEffect(() => {
    const entered = () => latest.current();
    const element = pane.current;
    element?.addEventListener("focusin", entered);
    return () => element?.removeEventListener("focusin", entered);
  }, []);

  const last = state.commands.at(-1);
  const held = last !== undefined && waits(last, state) ? last : undefined;
  useLayoutEffect(() => {
    const [outer, inner] = [place.current, under.current];
    if (outer === null || inner === null) return;
    const measure = () => setRoom({ height: outer.clientHeight, strip: inner.offsetHeight });
    const watch = new ResizeObserver(measure);
    watch.observe(outer);
    watch.observe(inner);
    measure();
    return () => watch.disconnect();
  }, []);
  const { cursorRow, rowHeight } = view;
  const lift = cursorRow === undefined ? 0 : liftFor(cursorRow, { rowHeight, ...room });
  // Under the line; at the foot while somebody reads further up.
  const below =
    held === undefined || cursorRow === undefined
      ? { bottom: 0 }
      : { top: (cursorRow + 1) * rowHeight - lift };

  const takePaste = (event: ClipboardEvent) => {
    event.preventDefault();
    event.stopPropagation();
    const text = event.clipboardData.getData("text/plain");
    if (text.length > maxPasteLength)
      return toast({
        verdict: "failed",
        title: "This is too much to paste",
        message: "More than a million characters belong into a file. Nothing was sent.",
      });
    const paste = checkPaste(text);
    if (paste.ask) setPasted(paste);
    else living.paste(paste.text);
  };

  const closePaste = () => {
    setPasted(undefined);
    living.focus();
  };

  return (
    <section
      ref={pane}
      className={active ? "term-pane active" : "term-pane"}
      aria-label={`Terminal on ${name}`}
    >
      <PaneBar {...{ state, preferences, split, openAnother, askRaw }} find={() => find(true)} />
      <div className="term-place" ref={place} onPasteCapture={takePaste} data-own-keys>
        <div
          className="term-lift"
          ref={lifted}
          style={{ transform: lift === 0 ? undefined : `translateY(${-lift}px)` }}
        >
          <Gutter view={view} commands={state.commands} chosen={chosen} choose={choose} />
        </div>
        <div className="term-under" ref={under} style={below}>
          {held === undefined ? (
            <PaneState {...{ living, state, askRaw }} openAgain={openAnother} />
          ) : (
            <HeldStrip command={held} withdraw={() => withdraw(living)} workOn={openAnother} />
          )}
        </div>
      </div>
      {active ? <PhoneKeys send={living.keys} /> : null}
      {finding ? (
        <FindBar
          living={living}
          close={() => {
            find(false);
            living.focus();
          }}
        />
      ) : null}
      <output className="vh">{last === undefined ? "" : `${verdicts[last.state].word}: ${last.text}`}</output>
      {pasted === undefined ? null : (
        <PasteDialog
          paste={pasted}
          whole={terminal.modes.bracketedPasteMode}
          send={() => {
            living.paste(pasted.text);
            closePaste();
          }}
          close={closePaste}
        />
      )}
      {state.asked === undefined ? null : (
        <LinkDialog
          address={state.asked}
          close={() => {
            living.askLink(undefined);
            living.focus();
          }}
        />
      )}
    </section>
  );
}
