import { useRouter } from "@tanstack/react-router";
import { useEffect, useRef } from "react";

/**
 * Where list and detail do not fit beside each other, what is chosen covers its list, and going back in the browser
 * uncovers it. `covered`: something is chosen.
 */
export function useCovering(beside: boolean, covered: boolean) {
  const { history } = useRouter();
  const ours = useRef(false);
  useEffect(() => {
    if (!covered) ours.current = false;
  }, [covered]);
  return {
    /** Whether choosing something replaces the address: beside the list it is no step of its own. */
    replaces: (): boolean => {
      if (!beside) ours.current = true;
      return beside;
    },
    /** Goes back to the list, `otherwise` where this page was entered by a link to what covers it. */
    uncover: (otherwise: () => void): void => {
      if (ours.current) history.back();
      else otherwise();
    },
  };
}
