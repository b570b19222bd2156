/** Bounds of the language. */
export const maxTextBytes = 256 * 1024;
export const maxPolicies = 1000;
/** Mistakes that one answer tells. */
export const maxProblems = 100;
export const maxQuorum = 20;
export const maxExpirySeconds = 7 * 86_400;
export const maxRowsCeiling = 10_000_000;
export const maxTimeoutMs = 3_600_000;

/** What holds where no policy says otherwise. */
export const defaultMaxRows = 100_000;
export const defaultTimeoutMs = 60_000;
export const defaultExpirySeconds = 15 * 60;
