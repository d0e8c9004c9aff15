/** Log lines: one JSON object each, never with message bodies, keys or file contents. */
export interface Log {
  info(data: Record<string, unknown>, message: string): void;
  warn(data: Record<string, unknown>, message: string): void;
  error(data: Record<string, unknown>, message: string): void;
  /** A finished line, of another logger's. */
  write(line: string): void;
}

export function createLog(out: { write(line: string): unknown }): Log {
  const say = (level: string) => (data: Record<string, unknown>, msg: string) => {
    out.write(`${JSON.stringify({ level, time: Date.now(), ...data, msg })}\n`);
  };
  return { info: say('info'), warn: say('warn'), error: say('error'), write: (line) => void out.write(line) };
}
