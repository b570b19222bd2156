import { useEffect, useRef } from "react";
import { KeyHint } from "../ui/key-hint.tsx";
import { VerdictMark } from "../ui/verdict.tsx";
import { Visible } from "../ui/code.tsx";
import type { Moment } from "./story.ts";
import { at } from "./time-text.ts";
import type { Player } from "./use-player.ts";
import { momentWords } from "./words.ts";

/** Moments drawn at once; a longer session shows those around the position. */
const shownMoments = 400;

/** What happened, as a table of contents. */
export function Contents({ player }: { player: Player }) {
  const { story, moment } = player;
  const here = useRef<HTMLLIElement>(null);
  const index = moment?.index;
  useEffect(() => {
    if (index !== undefined) here.current?.scrollIntoView({ block: "nearest" });
  }, [index]);
  const from = Math.max(
    0,
    Math.min((moment?.index ?? 0) - shownMoments / 2, story.moments.length - shownMoments),
  );
  const shown = story.moments.slice(from, from + shownMoments);
  return (
    <div className="contents col">
      <div className="bar low sub">
        <h2 className="f12">Events</h2>
        <span className="sp" />
        <KeyHint keys={["↑", "↓"]} />
      </div>
      <ol className="sp" aria-label="Events" tabIndex={-1}>
        {from > 0 ? <li className="more f11 t3">{from} earlier events</li> : null}
        {shown.map((one) => (
          <li key={one.index} ref={one.index === moment?.index ? here : null}>
            <MomentLine moment={one} on={one.index === moment?.index} choose={() => player.show(one)} />
          </li>
        ))}
        {from + shownMoments < story.moments.length ? (
          <li className="more f11 t3">{story.moments.length - from - shownMoments} later events</li>
        ) : null}
      </ol>
    </div>
  );
}

function MomentLine({ moment, on, choose }: { moment: Moment; on: boolean; choose: () => void }) {
  const { verdict, words, code } = momentWords(moment);
  return (
    <button type="button" className={on ? "ev on" : "ev"} aria-current={on || undefined} onClick={choose}>
      <span className="mono f11 t3">{at(moment.at)}</span>
      <VerdictMark verdict={verdict} />
      <span className={code ? "f12 el mono" : "f12 el"}>
        <Visible text={words} />
      </span>
    </button>
  );
}
