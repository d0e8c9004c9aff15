import type { DashboardControl, ForgeControl, GatewayControl } from '../../../protocol/schemas/service.ts';

/** What hived tells a service over its stdin, one JSON object a line. */
export type ControlLine = GatewayControl | ForgeControl | DashboardControl;
type LaterLine = Exclude<ControlLine, { type: 'configure' }>;

/** The lines that a new instance of a service must hear again: the last of each kind, in order of first use. What was asked for once is none of them. */
export interface ControlMemory {
  remember(line: LaterLine): void;
  lines(): LaterLine[];
}

/** Each line replaces what an earlier one of its kind had said, so the last of each kind is all there is to know. */
export function createControlMemory(): ControlMemory {
  const last = new Map<string, LaterLine>();
  return {
    remember(line) {
      // Whoever waits for it hears that the gateway ended; its successor is asked anew.
      if (line.type === 'test') return;
      last.set(line.type === 'provider' ? `provider ${line.provider}` : line.type, line);
    },
    lines: () => [...last.values()],
  };
}

/** The line as it goes over the pipe. */
export function encodeControl(line: ControlLine): string {
  return `${JSON.stringify(line)}\n`;
}
