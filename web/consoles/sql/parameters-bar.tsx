import { Checkbox, TextInput } from "@mantine/core";

type Props = {
  numbers: readonly number[];
  values: Readonly<Record<string, string | null>>;
  change: (values: Record<string, string | null>) => void;
  /** Numbers that were asked for and have no value. */
  missing: readonly number[];
};

/** Values of `$1`, `$2`... that the statement uses. They travel beside the text, never in it. */
export function ParametersBar({ numbers, values, change, missing }: Props) {
  if (numbers.length === 0) return null;
  return (
    <fieldset className="parameters">
      <legend className="vh">Parameters</legend>
      {numbers.map((number) => {
        const value = values[number];
        return (
          <span className="row g6" key={number}>
            <code className="pa f12">${number}</code>
            <TextInput
              w={140}
              aria-label={`Parameter ${number}`}
              disabled={value === null}
              error={missing.includes(number) ? "Give it a value, or null" : undefined}
              value={value ?? ""}
              onChange={(event) => change({ ...values, [number]: event.currentTarget.value })}
            />
            <Checkbox
              label="null"
              checked={value === null}
              onChange={(event) => change({ ...values, [number]: event.currentTarget.checked ? null : "" })}
            />
          </span>
        );
      })}
    </fieldset>
  );
}
