import { z } from "zod";

/** NUL, which the store has no place for, and half of a surrogate pair, which is no character. */
const none = /[\0\p{Cs}]/u;

/** What people write about what they do: of at most so many characters, all of which are some. */
export const words = (most: number) =>
  z
    .string()
    .max(most)
    .refine((text) => !none.test(text), "must not contain NUL or half of a surrogate pair");
