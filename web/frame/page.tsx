import { ActionIcon, Drawer } from "@mantine/core";
import { useMediaQuery } from "@mantine/hooks";
import {
  IconLayoutSidebar,
  IconLayoutSidebarRight,
  IconMoon,
  IconPlug,
  IconPlugOff,
  IconSearch,
  IconSun,
  IconUserOff,
} from "@tabler/icons-react";
import { useEffect, useState, type ReactNode } from "react";
import { useLive, usePortal, useRevoked } from "../api/portal.tsx";
import { KeyHint } from "../ui/key-hint.tsx";
import { useBadges } from "./badges.ts";
import { EvidenceLine } from "./evidence-line.tsx";
import { useUnseen } from "./notices.ts";
import { openPalette } from "./palette.tsx";
import { useScheme } from "./scheme.ts";

/** Below this width the panel is a drawer; below the next the side too. */
const panelQuery = "(min-width: 1200px)";
const sideQuery = "(min-width: 900px)";

type Part = {
  /** Names the region for screen readers and its drawer. */
  label: string;
  content: ReactNode;
  /** Its width in the grid, where it differs from the tokens'. */
  width?: string;
  /** On narrow screens the page may open and close the drawer itself. */
  open?: boolean;
  onOpenChange?: (open: boolean) => void;
};

type Props = {
  /** What the tab of the browser says, before "· Sluice". */
  title: string;
  /** Left part of the top bar: an `h1`, or target and session facts. */
  top: ReactNode;
  side?: Part;
  panel?: Part;
  /** Facts of the status line; the connection is always its first. */
  status?: ReactNode;
  children: ReactNode;
};

/** The frame of every page: top bar, side, centre, panel, status. Fits DESIGN.md's shell at each width. */
export function Page({ title, top, side, panel, status, children }: Props) {
  const wide = useMediaQuery(panelQuery, true, { getInitialValueInEffect: false }) ?? true;
  const middle = useMediaQuery(sideQuery, true, { getInitialValueInEffect: false }) ?? true;
  const { dark, toggle } = useScheme();
  const mark = useTitleMark();
  useEffect(() => {
    document.title = `${mark}${title} · Sluice`;
  }, [mark, title]);
  const sideDrawer = useDrawer(side, !middle);
  const panelDrawer = useDrawer(panel, !wide);
  const classes = [
    "main",
    side !== undefined && middle ? "with-side" : "",
    panel !== undefined && wide ? "with-panel" : "",
  ];
  const widths = { "--page-side": side?.width, "--page-panel": panel?.width };
  return (
    <div className="page">
      <section className="top" data-region tabIndex={-1} aria-label="Top bar">
        {side !== undefined && !middle ? (
          <ActionIcon aria-label={`Show ${side.label.toLowerCase()}`} onClick={() => sideDrawer.set(true)}>
            <IconLayoutSidebar size={16} aria-hidden />
          </ActionIcon>
        ) : null}
        {top}
        <span className="sp" />
        <button type="button" className="pal" onClick={openPalette} aria-label="Search or do anything">
          <IconSearch className="i" size={14} aria-hidden />
          <span className="w sp el">Search or do anything</span>
          <KeyHint keys={["Ctrl", "K"]} />
        </button>
        <span className="icons">
          {panel !== undefined && !wide ? (
            <ActionIcon
              aria-label={`Show ${panel.label.toLowerCase()}`}
              onClick={() => panelDrawer.set(true)}
            >
              <IconLayoutSidebarRight size={16} aria-hidden />
            </ActionIcon>
          ) : null}
          <ActionIcon className="nophone" aria-label={dark ? "Light theme" : "Dark theme"} onClick={toggle}>
            {dark ? <IconSun size={16} aria-hidden /> : <IconMoon size={16} aria-hidden />}
          </ActionIcon>
        </span>
      </section>
      <main className={classes.filter(Boolean).join(" ")} style={widths as React.CSSProperties}>
        {side !== undefined && middle ? (
          <aside className="side" aria-label={side.label} data-region tabIndex={-1}>
            {side.content}
          </aside>
        ) : null}
        <section aria-label={title} data-region tabIndex={-1}>
          <RevokedLine />
          <EvidenceLine />
          {children}
        </section>
        {panel !== undefined && wide ? (
          <aside className="panel" aria-label={panel.label} data-region tabIndex={-1} id="panel">
            {panel.content}
          </aside>
        ) : null}
      </main>
      <StatusLine>{status}</StatusLine>
      {side !== undefined && !middle ? (
        <Drawer
          opened={sideDrawer.open}
          onClose={() => sideDrawer.set(false)}
          title={side.label}
          position="left"
          size={300}
          keepMounted={false}
        >
          <div className="drawer-region">{side.content}</div>
        </Drawer>
      ) : null}
      {panel !== undefined && !wide ? (
        <Drawer
          opened={panelDrawer.open}
          onClose={() => panelDrawer.set(false)}
          title={panel.label}
          position="right"
          size={360}
          keepMounted={false}
        >
          <div className="drawer-region">{panel.content}</div>
        </Drawer>
      ) : null}
    </div>
  );
}

/** Before the title, for whoever has another tab before them: what waits on them, and that something happened. */
function useTitleMark(): string {
  const waiting = useBadges()["/reviews"] ?? "";
  return `${useUnseen() ? "● " : ""}${waiting === "" ? "" : `(${waiting}) `}`;
}

function useDrawer(part: Part | undefined, narrow: boolean): { open: boolean; set: (open: boolean) => void } {
  const [own, setOwn] = useState(false);
  const open = narrow && (part?.open ?? own);
  return { open, set: part?.onOpenChange ?? setOwn };
}

/** The connection, then the page's own facts. While it is lost that takes the line: nothing else moves. */
function StatusLine({ children }: { children: ReactNode }) {
  const live = useLive();
  const revoked = useRevoked();
  const { events } = usePortal();
  const lost = live === "lost" && revoked === undefined;
  return (
    <footer className={lost ? "status lost" : "status"}>
      <output>
        <span className={`fg row t-${live === "live" ? "go" : "wait"}`}>
          {live === "live" ? <IconPlug size={12} aria-hidden /> : <IconPlugOff size={12} aria-hidden />}
        </span>
        {live === "live" ? (
          "Connected, live"
        ) : live === "connecting" ? (
          "Connecting"
        ) : lost ? (
          <>
            <b>Reconnecting</b>
            <span className="el">your text is safe; what is shown may be old</span>
          </>
        ) : (
          "Connection lost"
        )}
      </output>
      {lost ? (
        <button type="button" className="linkbtn" onClick={() => events.retry()}>
          Try now
        </button>
      ) : (
        children
      )}
    </footer>
  );
}

/** Nothing is shown or taken any more. */
function RevokedLine() {
  const live = useLive();
  const revoked = useRevoked();
  if (live !== "lost" || revoked === undefined) return null;
  return (
    <div className="lostline" role="alert">
      <span className="fg t-stop row">
        <IconUserOff className="i" size={14} aria-hidden />
      </span>
      <b>{revoked.message}</b>
      <span className="t2 el">{revoked.hint}</span>
    </div>
  );
}
