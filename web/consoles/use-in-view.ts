import { useEffect, useRef, type RefObject } from "react";

/** A ref for what is chosen in a row that scrolls: brought into view when another is, or when the row has `of` others. */
export function useInView<T extends Element>(chosen: string, of: number): RefObject<T | null> {
  const place = useRef<T>(null);
  useEffect(() => {
    // In braces: newer browsers answer with a promise, which is no clean-up.
    place.current?.scrollIntoView({ block: "nearest", inline: "nearest" });
    // oxlint-disable-next-line react/exhaustive-effect-dependencies -- the ref is the chosen one's
  }, [chosen, of]);
  return place;
}
