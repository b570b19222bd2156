/** The tones of the design language; each has `fg bg line solid on` in tokens.css. */
export const tones = ["go", "wait", "stop", "move", "mask", "proof", "quiet", "doubt"] as const;
export type Tone = (typeof tones)[number];
