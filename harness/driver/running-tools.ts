/** A running tool of the CLI, and its start (epoch ms). */
export interface RunningTool {
  readonly name: string;
  readonly since: number;
}

/** The CLI's running tools, according to its lines. */
export interface RunningTools {
  /** The model called a tool in this message. */
  begin(call: { id: string; name: string; message: string | null }): void;
  end(id: string): void;
  /**
   * The model wrote this message: it has the results of every call of earlier messages, though a line with a result
   * may have been too long to read. A message with several calls comes as several lines.
   */
  answeredIn(message: string | null): void;
  /** Every tool has ended. */
  clear(): void;
  /** The longest-running one; null when none runs. */
  oldest(): RunningTool | null;
  /** How long at least one tool has run, in milliseconds. */
  busyMs(): number;
}

export function createRunningTools(now: () => number): RunningTools {
  const calls = new Map<string, RunningTool & { readonly message: string | null }>();
  let pastMs = 0;
  let busySince: number | null = null;

  /** Notes whether tools run, after a change. */
  function note(): void {
    if (calls.size > 0) busySince ??= now();
    else if (busySince !== null) {
      pastMs += Math.max(0, now() - busySince);
      busySince = null;
    }
  }

  return {
    begin({ id, name, message }) {
      calls.set(id, { name, message, since: now() });
      note();
    },
    end(id) {
      calls.delete(id);
      note();
    },
    answeredIn(message) {
      if (message === null) return;
      for (const [id, call] of calls) if (call.message !== null && call.message !== message) calls.delete(id);
      note();
    },
    clear() {
      calls.clear();
      note();
    },
    oldest: () => calls.values().next().value ?? null,
    busyMs: () => pastMs + (busySince === null ? 0 : Math.max(0, now() - busySince)),
  };
}
