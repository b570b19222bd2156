import { IconBan, IconCheck, IconEyeOff, IconPlayerPauseFilled, type Icon } from "@tabler/icons-react";
import type { Tone } from "../../ui/tone.ts";
import { gateVerdict, hiddenClasses, type TerminalCommands } from "./commands.ts";
import type { TerminalView } from "./living-terminal.ts";

const drawn: Record<ReturnType<typeof gateVerdict>, { word: string; tone: Tone; icon: Icon }> = {
  allowed: { word: "Allowed", tone: "go", icon: IconCheck },
  held: { word: "Held", tone: "wait", icon: IconPlayerPauseFilled },
  blocked: { word: "Did not run", tone: "stop", icon: IconBan },
};

type Props = {
  view: TerminalView;
  commands: TerminalCommands;
  /** The command whose decision is shown. */
  chosen: string | undefined;
  choose: (command: string) => void;
};

/** The gate's verdict beside each line that was entered, and whether it hid some of what came back. Tab passes them by: the panel steps through the same commands. */
export function Gutter({ view: { marks, rowHeight }, commands, chosen, choose }: Props) {
  return (
    <ul className="term-gutter" aria-label="Verdicts">
      {marks.map(({ command: id, row }) => {
        const command = commands.find((each) => each.id === id);
        if (command === undefined) return null;
        const { word, tone, icon: Icon } = drawn[gateVerdict(command)];
        const hidden = hiddenClasses(command).join(", ");
        return (
          <li key={id} style={{ top: row * rowHeight, height: rowHeight }}>
            <button
              type="button"
              className={`fg t-${tone}`}
              tabIndex={-1}
              title={hidden === "" ? `${word}: why` : `${word}, masked ${hidden}: why`}
              aria-label={`${word}: ${command.text}${hidden === "" ? "" : `, masked ${hidden}`}`}
              aria-pressed={id === chosen}
              onClick={() => choose(id)}
            >
              {hidden === "" ? null : (
                <span className="fg t-mask row">
                  <IconEyeOff size={12} aria-hidden />
                </span>
              )}
              <Icon size={14} aria-hidden />
            </button>
          </li>
        );
      })}
    </ul>
  );
}
