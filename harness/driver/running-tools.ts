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
