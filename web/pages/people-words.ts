/** An actor's id without its issuer, as people call it; a person as it is. */
export const shortId = (subject: string): string => subject.slice(subject.lastIndexOf("|") + 1);
