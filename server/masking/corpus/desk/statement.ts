/** One thing that somebody asks the company's database for. */
export type DeskStatement = {
  class: string;
  sql: string;
  parameters?: (string | number | null)[];
  /** Known values may be looked up. */
  lookups?: true;
  /** Names of result fields that hold masks; everything else must be as it is without the gate. */
  masked?: string[];
  /** Why it is refused and what is offered instead: a piece of the refusal and of its hint. */
  refused?: { because: string; instead: string };
};

export const group = (name: string, statements: string[]): DeskStatement[] =>
  statements.map((sql) => ({ class: name, sql }));

/** Statements with the result fields that come masked, separated by blanks. */
export const masked = (name: string, statements: [fields: string, sql: string][]): DeskStatement[] =>
  statements.map(([fields, sql]) => ({ class: name, sql, masked: fields.split(" ") }));

/** Statements with a piece of what the refusal says and of what it offers. */
export const refused = (
  name: string,
  statements: [because: string, instead: string, sql: string][],
): DeskStatement[] =>
  statements.map(([because, instead, sql]) => ({ class: name, sql, refused: { because, instead } }));
