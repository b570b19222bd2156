import { useCallback, useEffect, useMemo, useRef, useState, type RefCallback } from "react";

/** What must have been in view before anybody may approve: lines and parameters, by number from 1. */
export type Shown = {
  lines: number;
  parameters: number;
  markLine: (line: number) => RefCallback<Element>;
  markParameter: (parameter: number) => RefCallback<Element>;
};

/**
 * Tells which lines and parameters have been in view, each by a mark at its end: jumping to the end does not show
 * what lies between. Starts over when `of` changes.
 */
export function useFullyShown(of: string): Shown {
  const [seen, setSeen] = useState<{ of: string; names: ReadonlySet<string> }>({ of, names: new Set() });
  const names = seen.of === of ? seen.names : none;
  const elements = useRef(new Map<Element, string>());
  const observer = useRef<IntersectionObserver>(undefined);
  useEffect(() => {
    const watching = new IntersectionObserver((entries) => {
      const fresh = entries
        .filter(({ isIntersecting }) => isIntersecting && document.visibilityState === "visible")
        .flatMap(({ target }) => elements.current.get(target) ?? []);
      if (fresh.length > 0)
        setSeen((before) => ({
          of,
          names: new Set([...(before.of === of ? before.names : none), ...fresh]),
        }));
    });
    observer.current = watching;
    for (const element of elements.current.keys()) watching.observe(element);
    return () => watching.disconnect();
  }, [of]);
  const mark = useCallback(
    (name: string): RefCallback<Element> =>
      (element) => {
        if (element === null) return;
        elements.current.set(element, name);
        observer.current?.observe(element);
        return () => {
          elements.current.delete(element);
          observer.current?.unobserve(element);
        };
      },
    [],
  );
  return useMemo(
    () => ({
      lines: [...names].filter((name) => name.startsWith("line ")).length,
      parameters: [...names].filter((name) => name.startsWith("parameter ")).length,
      markLine: (line) => mark(`line ${line}`),
      markParameter: (parameter) => mark(`parameter ${parameter}`),
    }),
    [names, mark],
  );
}

const none: ReadonlySet<string> = new Set();
