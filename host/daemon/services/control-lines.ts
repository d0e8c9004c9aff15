import type { DashboardControl, ForgeControl, GatewayControl } from '../../../protocol/schemas/service.ts';

/** hived's messages to a service over its stdin, one JSON object a line. */
export type ControlLine = GatewayControl | ForgeControl | DashboardControl;
type LaterLine = Exclude<ControlLine, { type: 'configure' }>;

/**
 * The lines to repeat to a new instance of a service: the last of each kind, in order of first use. One-time requests
 * are not repeated.
 */
export interface ControlMemory {
  remember(line: LaterLine): void;
  lines(): LaterLine[];
}

/** Each line replaces an earlier one of its kind, so the last of each kind is all that a new instance needs. */
export function createControlMemory(): ControlMemory {
  const last = new Map<string, LaterLine>();
  return {
    remember(line) {
      // The caller that waits for it is notified of the gateway's end; the next gateway gets a new request.
      if (line.type === 'test' || line.type === 'bill' || line.type === 'entries' || line.type === 'moment') return;
      last.set(line.type, line);
    },
    lines: () => [...last.values()],
  };
}

/** The line in the format of the pipe. */
export function encodeControl(line: ControlLine): string {
  return `${JSON.stringify(line)}\n`;
}
