/** The line that may run: from the verdict that the shell took to the next primary prompt. */
export type Grant = {
  give(id: number): void;
  /** A command begins. False where nothing may: there is no grant, or a prompt of either kind came since. */
  begin(): boolean;
  /** The shell tells how many commands it has begun. True where one of them was not told: `begin` is due. */
  isBehind(count: number): boolean;
  /** At the secondary prompt the grant waits: what is typed there gets a verdict of its own. False where there is none. */
  pause(): boolean;
  /** The primary prompt; `status` is the shell's `$?`. */
  end(status: number): void;
};

export function createGrant(events: {
  started(id: number): void;
  ended(id: number, status: number): void;
}): Grant {
  let grant: { id: number; begun: boolean; open: boolean } | undefined;
  let begun = 0;
  return {
    give(id) {
      grant = { id, begun: false, open: true };
    },
    begin() {
      begun += 1;
      if (!grant?.open) return false;
      if (!grant.begun) events.started(grant.id);
      grant.begun = true;
      return true;
    },
    isBehind(count) {
      const behind = count > begun;
      begun = behind ? count - 1 : count;
      return behind;
    },
    pause() {
      if (!grant) return false;
      grant.open = false;
      return true;
    },
    end(status) {
      if (grant) events.ended(grant.id, status);
      grant = undefined;
    },
  };
}
