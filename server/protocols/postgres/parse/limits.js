/** Characters of one command's text. */
export const maxTextLength = 1_000_000;
/** Characters of a tree's JSON: what the main thread reads in some 30 ms at worst. */
export const maxTreeBytes = 4_000_000;
/** References to relations in one command, and statements: what reads them compares each with the others. */
export const maxRelations = 1_000;
export const maxStatements = 500;
/** Nested objects in a tree: what recursive readers on an ordinary stack can follow. */
export const maxTreeDepth = 1_000;
