import { PostgresAddress } from "../../shared/nouns/target.ts";

/** By field; those of a jump begin with its number from 0: `0.host`. */
export type FormErrors = Readonly<Record<string, string>>;

/** What does not fit of how a host is reached. */
export function addressErrors({
  host,
  port,
  user,
}: {
  host: string;
  port: string;
  user: string;
}): FormErrors {
  return {
    ...(!PostgresAddress.shape.host.safeParse(host.trim()).success && { host: "A host name or an address." }),
    ...(!PostgresAddress.shape.port.safeParse(Number(port)).success && { port: "1 to 65535." }),
    ...(user.trim() === "" && { user: "The user that the gateway connects as." }),
  };
}
