/** What a hook is told at its start. */
export type HookSecrets = {
  /** The first nonce. */
  nonce: string;
  /** Part of the hook's own key sequences, so that nobody can type them: 64 bits in hexadecimal. */
  keys: string;
};

/** Shell text as it stands, but for `\${`, which is the shell's own `${`. */
export function sh(strings: TemplateStringsArray, ...values: string[]): string {
  return String.raw({ raw: strings.raw.map((part) => part.replaceAll("\\${", "${")) }, ...values);
}

/** What the boot command says once it waits for the hook. It comes before there is any secret to prove it with. */
export const bootMarker = "\u001b]7777;BOOT\u0007";
