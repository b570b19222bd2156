/** Characters of one command's text. */
export const maxTextLength = 1_000_000;
/** Characters of a tree's JSON: what the main thread reads in some 50 ms at worst. */
export const maxTreeBytes = 8_000_000;
/** Nested objects in a tree: what recursive readers on an ordinary stack can follow. */
export const maxTreeDepth = 1_000;
