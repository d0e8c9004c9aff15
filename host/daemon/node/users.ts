/** Numeric users and groups of a hive, from `uids.base`. As an ordinary user, hived gives everything its own user. */
export interface Users {
  gateway: number;
  dashboard: number;
  forge: number;
  /** The group that may write to /shared. */
  sharedGroup: number;
  agent: (id: number) => number;
  /** Of the boxes of checks; those that run at once have different ones. */
  check: (slot: number) => number;
  /** False when hived is not root: then no file changes its owner. */
  separate: boolean;
}

export function planUsers(privileged: boolean, base: number): Users {
  const own = process.getuid?.() ?? 0;
  const ownGroup = process.getgid?.() ?? 0;
  if (!privileged)
    return {
      gateway: own,
      dashboard: own,
      forge: own,
      sharedGroup: ownGroup,
      agent: () => own,
      check: () => own,
      separate: false,
    };
  return {
    gateway: base + 1,
    dashboard: base + 2,
    forge: base + 3,
    sharedGroup: base + 10,
    agent: (id) => base + 1_000 + id,
    check: (slot) => base + 500 + slot,
    separate: true,
  };
}
