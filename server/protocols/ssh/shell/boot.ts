import { bootMarker } from "./hooks/hook.ts";

/** What may be printed before the boot command says that it is there. */
const maxBootBytes = 64 * 1024;

/** Waits for the boot command's marker; what login shells print before it is dropped. */
export type BootWatch = {
  /** Answers the bytes after the marker, none before it has come. */
  read(bytes: Uint8Array): Uint8Array;
  readonly state: "waiting" | "found" | "overrun";
};

export function createBootWatch(): BootWatch {
  let printed = Buffer.alloc(0);
  let state: BootWatch["state"] = "waiting";
  return {
    read(bytes) {
      printed = Buffer.concat([printed, bytes]);
      const at = printed.indexOf(bootMarker);
      if (at >= 0) state = "found";
      else if (printed.length > maxBootBytes) state = "overrun";
      return at < 0 ? new Uint8Array() : printed.subarray(at + bootMarker.length);
    },
    get state() {
      return state;
    },
  };
}
