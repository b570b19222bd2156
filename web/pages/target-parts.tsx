import { IconBan, IconCircleCheck, IconEyeOff, IconPlayerPauseFilled, type Icon } from "@tabler/icons-react";
import type { TargetKind } from "../../shared/nouns/target.ts";
import type { Tone } from "../ui/tone.ts";

export const kindNames: Record<TargetKind, string> = { postgres: "PostgreSQL" };

const kinds: readonly (readonly [RegExp, Tone, Icon])[] = [
  [/^no |block|never/iu, "stop", IconBan],
  [/mask/iu, "mask", IconEyeOff],
  [/review|people|person|held/iu, "wait", IconPlayerPauseFilled],
  [/./u, "go", IconCircleCheck],
];

/** What the gateway says one may do there, each word with the mark of its verdict. */
export function Capabilities({ words }: { words: readonly string[] }) {
  return (
    <span className="row g12 wrap" style={{ rowGap: 2 }}>
      {words.map((word) => {
        const [, tone, Icon] = kinds.find(([pattern]) => pattern.test(word)) ?? [
          /./u,
          "go" as const,
          IconCircleCheck,
        ];
        return (
          <span className={`can fg t-${tone}`} key={word}>
            <Icon size={14} aria-hidden />
            {word}
          </span>
        );
      })}
    </span>
  );
}
