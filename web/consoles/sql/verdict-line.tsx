import { visible } from "../../../shared/visible.ts";
import { Visible } from "../../ui/code.tsx";
import { KeyHint } from "../../ui/key-hint.tsx";
import { VerdictChip, verdicts } from "../../ui/verdict.tsx";
import type { Spoken } from "./words.ts";

type Props = { spoken: Spoken | undefined; line: number | undefined; old: boolean; why: () => void };

/** What the gate will say, one line under the editor. It keeps its place: the layout never jumps. */
export function VerdictLine({ spoken, line, old, why }: Props) {
  const tone = spoken === undefined ? "quiet" : verdicts[spoken.verdict].tone;
  return (
    <div className={`verdict t-${tone}`} aria-live="polite" aria-busy={old}>
      {spoken === undefined ? (
        <span className="t3">The verdict on the statement at the cursor appears here.</span>
      ) : (
        <>
          <VerdictChip verdict={spoken.verdict} word={spoken.word} />
          <span className="el" title={visible(spoken.sentence).text}>
            <Visible text={spoken.sentence} />
            {line === undefined || spoken.verdict === "allowed" ? "" : ` Line ${line}.`}
          </span>
        </>
      )}
      <span className="sp" />
      {spoken === undefined ? null : (
        <button type="button" className="whybtn" onClick={why}>
          <KeyHint keys={["Alt", "D"]} /> why
        </button>
      )}
    </div>
  );
}
