/**
 * A statement and what its facts must say. Whatever a case leaves out must be as harmless as its default: no writes,
 * bounded, not opaque, maskable, no effects, no session changes. `bulk`, `actions` and names are compared where given.
 */
export type Case = {
  sql: string;
  /** Without `sql.`; default `select`. */
  actions?: string;
  writes?: boolean;
  /** Relations read and changed; of the schema `public` without it. */
  reads?: string;
  changes?: string;
  /** Classes read, and classes of what is changed. */
  classes?: string;
  changed?: string;
  bounded?: boolean;
  opaque?: boolean;
  unmaskable?: boolean;
  bulk?: boolean;
  /** `relation.column` of known-value look-ups. */
  lookups?: string;
  effects?: string;
  session?: string;
  /** Texts of the references that masking would replace, in order. */
  sites?: string[];
  /** Columns that the first site reaches. */
  columns?: string;
  parameters?: number;
};

export const all = "birth-date card email iban name phone profile";
