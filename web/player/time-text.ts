import { clock } from "../ui/time.tsx";

/** Milliseconds since the session opened as `31:50`. */
export const at = (ms: number): string => clock(ms / 1000);
