/** The largest file that goes up, and that comes down as bytes; what comes down as text is recorded, and may be less. */
export const maxFileBytes = 64 * 1024 * 1024;
export const maxTextBytes = 32 * 1024 * 1024;
/** Bytes of one actor that may wait here: for a review, or to be fetched. */
export const maxSpooledBytes = 256 * 1024 * 1024;
/** Entries of one listing. */
export const maxEntries = 5_000;
/** Characters of a text that one event of a recording carries. */
export const maxContentText = 64 * 1024;
/** How long downloaded bytes may be fetched after the download has ended. */
export const fetchWithinMs = 15 * 60_000;
/** How long content is kept of whose command nobody knows: another gateway on this disk may be about to write it down. */
export const orphanAfterMs = 60 * 60_000;
/** How often the spool is looked through. */
export const sweepSpoolEveryMs = 5_000;
/** Permissions of a file that an upload makes. */
export const newFileMode = 0o644;
