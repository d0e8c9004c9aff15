/** A tool that the CLI runs, since when (epoch ms). */
export interface RunningTool {
  readonly name: string;
  readonly since: number;
}

/** Which tools the CLI runs right now, by what its lines say. */
export interface RunningTools {
  /** The model called a tool in this message of its. */
  begin(call: { id: string; name: string; message: string | null }): void;
  end(id: string): void;
  /**
   * The model speaks in this message: it has the results of every call that an earlier message made, though a line
   * with a result may have been too long to read. A message with several calls comes as several lines.
   */
  answeredIn(message: string | null): void;
  /** Everything ended, however. */
  clear(): void;
  /** The one that runs for longest; null when none does. */
  oldest(): RunningTool | null;
}

export function createRunningTools(now: () => number): RunningTools {
  const calls = new Map<string, RunningTool & { readonly message: string | null }>();
  return {
    begin: ({ id, name, message }) => void calls.set(id, { name, message, since: now() }),
    end: (id) => void calls.delete(id),
    answeredIn: (message) => {
      if (message === null) return;
      for (const [id, call] of calls) if (call.message !== null && call.message !== message) calls.delete(id);
    },
    clear: () => calls.clear(),
    oldest: () => calls.values().next().value ?? null,
  };
}
