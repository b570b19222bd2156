import { NumberInput, Select } from "@mantine/core";
import type { MaskRule } from "../../shared/nouns/catalog.ts";
import { maskKinds, maskOf } from "./mask-rules.ts";

type Props = {
  rule: MaskRule;
  /** What is masked, for labels. */
  of: string;
  /** Inside a document: no paths of its own. */
  inside?: boolean;
  change: (rule: MaskRule) => void;
};

/** How something is hidden: the way, and its measure. */
export function MaskFields({ rule, of, inside = false, change }: Props) {
  const kinds = maskKinds.filter(({ kind }) => !inside || kind !== "json");
  return (
    <>
      <Select
        aria-label={`Mask of ${of}`}
        w={144}
        data={kinds.map(({ kind, word }) => ({ value: kind, label: word }))}
        value={rule.kind}
        onChange={(value) => change(maskOf(value))}
      />
      {rule.kind === "last" || rule.kind === "first" ? (
        <Kept of={of} value={rule.count} change={(count) => change({ ...rule, count })} />
      ) : null}
      {rule.kind === "digits" ? (
        <Kept of={of} value={rule.keep ?? 4} change={(keep) => change({ ...rule, keep })} />
      ) : null}
      {rule.kind === "date" ? (
        <Select
          aria-label={`What stays of ${of}`}
          w={84}
          data={["year", "month"]}
          value={rule.to}
          onChange={(to) => change({ ...rule, to: to === "month" ? "month" : "year" })}
        />
      ) : null}
      {rule.kind === "bucket" ? (
        <NumberInput
          size="xs"
          w={84}
          aria-label={`Step of ${of}`}
          min={0.01}
          value={rule.size}
          onChange={(size) => change({ ...rule, size: Number(size) || 1 })}
        />
      ) : null}
    </>
  );
}

function Kept({ of, value, change }: { of: string; value: number; change: (count: number) => void }) {
  return (
    <NumberInput
      size="xs"
      w={62}
      aria-label={`Characters of ${of} that stay`}
      min={1}
      max={8}
      value={value}
      onChange={(count) => change(Math.min(8, Math.max(1, Math.round(Number(count)) || 1)))}
    />
  );
}
