/** Keys as they are pressed: `<KeyHint keys={["Ctrl", "↵"]} />`. */
export function KeyHint({ keys }: { keys: readonly string[] }) {
  return (
    <span className="keys">
      {keys.map((key) => (
        <kbd className="key" key={key}>
          {key}
        </kbd>
      ))}
    </span>
  );
}
