import {
  IconAlertTriangle,
  IconArrowBackUp,
  IconBan,
  IconCheck,
  IconCircleCheck,
  IconClockX,
  IconEyeOff,
  IconHelpHexagon,
  IconLoader2,
  IconPlayerPauseFilled,
  IconPlayerRecordFilled,
  IconPlayerStop,
  IconPlugOff,
  IconQuestionMark,
  IconShieldCheck,
  IconUserCheck,
  IconUserX,
  type Icon,
} from "@tabler/icons-react";
import type { Tone } from "./tone.ts";

/** Every state a command, a review or its evidence can be in: one word, one tone, one icon. */
export const verdicts = {
  allowed: { word: "Allowed", tone: "go", icon: IconCircleCheck },
  held: { word: "Held", tone: "wait", icon: IconPlayerPauseFilled },
  blocked: { word: "Blocked", tone: "stop", icon: IconBan },
  rejected: { word: "Rejected", tone: "stop", icon: IconUserX },
  approved: { word: "Approved", tone: "go", icon: IconUserCheck },
  expired: { word: "Expired", tone: "quiet", icon: IconClockX },
  withdrawn: { word: "Withdrawn", tone: "quiet", icon: IconArrowBackUp },
  cancelled: { word: "Cancelled", tone: "quiet", icon: IconPlayerStop },
  unsent: { word: "Not sent", tone: "wait", icon: IconPlugOff },
  running: { word: "Running", tone: "move", icon: IconLoader2 },
  completed: { word: "Completed", tone: "go", icon: IconCheck },
  failed: { word: "Failed", tone: "stop", icon: IconAlertTriangle },
  unknown: { word: "Outcome unknown", tone: "doubt", icon: IconHelpHexagon },
  masked: { word: "Masked", tone: "mask", icon: IconEyeOff },
  recorded: { word: "Recorded", tone: "proof", icon: IconPlayerRecordFilled },
  verified: { word: "Verified", tone: "proof", icon: IconShieldCheck },
  unclear: { word: "Not understood", tone: "quiet", icon: IconQuestionMark },
} as const satisfies Record<string, { word: string; tone: Tone; icon: Icon }>;
export type Verdict = keyof typeof verdicts;

type Props = {
  verdict: Verdict;
  /** Another word where the sentence needs it: "Would be held", "Held, 1 of 2 votes". */
  word?: string;
  solid?: boolean;
  /** Icon and word without a box. */
  bare?: boolean;
};

/** A verdict as icon, word and tone: never colour alone. */
export function VerdictChip({ verdict, word, solid = false, bare = false }: Props) {
  const { tone, word: usual, icon: Icon } = verdicts[verdict];
  const shape = solid ? " solid" : bare ? " bare" : "";
  return (
    <span className={`chip t-${tone}${shape}`}>
      <Icon className={verdict === "running" ? "i spin" : "i"} size={14} aria-hidden />
      {word ?? usual}
    </span>
  );
}

/** The icon alone, its word for screen readers: for tabs and dense lists. */
export function VerdictMark({ verdict, size = 14 }: { verdict: Verdict; size?: number }) {
  const { tone, word, icon: Icon } = verdicts[verdict];
  return (
    <span className={`fg t-${tone}`} title={word} style={{ display: "inline-flex" }}>
      <Icon className={verdict === "running" ? "i spin" : "i"} size={size} aria-hidden />
      <span className="vh">{word}</span>
    </span>
  );
}
