import { Button } from "@mantine/core";

/** Keys of a terminal that the keyboard of a phone lacks, and what they send. */
const keys = [
  ["Esc", "\u001b"],
  ["Tab", "\t"],
  ["Ctrl C", "\u0003"],
  ["Ctrl D", "\u0004"],
  ["↑", "\u001b[A"],
  ["↓", "\u001b[B"],
] as const;

export function PhoneKeys({ send }: { send: (text: string) => void }) {
  return (
    <div className="bar sub foot phone term-keys" role="toolbar" aria-label="Keys">
      {keys.map(([name, text]) => (
        <Button
          key={name}
          variant="default"
          // The keyboard stays up: the focus stays in the terminal.
          onPointerDown={(event) => event.preventDefault()}
          onClick={() => send(text)}
        >
          {name}
        </Button>
      ))}
    </div>
  );
}
