/**
 * A line and what its facts must say. Whatever a case leaves out must be as harmless as its default: nothing written,
 * deleted, secret, persistent or opaque, no effects, no tampering. Lists are words with blanks between; `programs`,
 * `wrappers`, `reads`, `changes`, `network` and `words` are compared where given.
 */
export type Case = {
  line: string;
  /** Default bash. */
  dialect?: "bash" | "zsh" | "sh" | "other";
  writes?: boolean;
  programs?: string;
  wrappers?: string;
  reads?: string;
  changes?: string;
  /** Paths; `:r` after one for recursive, `:f` for forced, `:rf` for both. */
  deletes?: string;
  /** `download:host`. */
  network?: string;
  secrets?: string;
  persistence?: string;
  effects?: string;
  tampers?: string;
  opaque?: boolean;
  interpreter?: boolean;
  scripts?: string;
  privilege?: boolean;
  system?: boolean;
  incomplete?: boolean;
};
