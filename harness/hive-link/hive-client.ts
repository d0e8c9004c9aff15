import type { Op } from '../../protocol/op.ts';
import { agentSurface } from '../../protocol/operations/agent.ts';
import { connectFrames, type FrameClient } from '../../wire/frames/connect-frames.ts';
import { callOverHttp } from './call-over-http.ts';

/** A client of hived from inside the box. */
export type HiveClient = FrameClient<typeof agentSurface>;

/**
 * The harness's own client of its agent's socket. It speaks frames: one connection for everything, long polls
 * included. Only files go over HTTP.
 */
export function connectHive(socketPath: string): HiveClient {
  const frames = connectFrames(agentSurface, socketPath);
  return {
    call(name, input, options) {
      const op: Op = agentSurface[name];
      if (op.carriesFile !== true) return frames.call(name, input, options);
      return callOverHttp({ socketPath, server: 'hive' }, op, { ...options, input }) as never;
    },
    close: frames.close,
  };
}
