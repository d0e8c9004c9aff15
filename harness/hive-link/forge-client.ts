import type { OpInput, OpOutput } from '../../protocol/op.ts';
import { forgeAgentSurface } from '../../protocol/operations/repos.ts';
import type { CallOptions } from '../../wire/http-call.ts';
import { callOverHttp } from './call-over-http.ts';

type Surface = typeof forgeAgentSurface;

/** The forge's operations for this agent; git itself goes through the relay. */
export interface ForgeClient {
  /** Throws a HiveError: the forge's own, or `hive_unreachable` while it is down. */
  call<K extends keyof Surface>(
    name: K,
    input: OpInput<Surface[K]>,
    options?: CallOptions,
  ): Promise<OpOutput<Surface[K]>>;
}

/** A client on the forge's socket of this agent; each call has a connection of its own, because calls are few. */
export function connectForge(socketPath: string): ForgeClient {
  return {
    call: (name, input, options = {}) =>
      callOverHttp({ socketPath, server: 'forge' }, forgeAgentSurface[name], { ...options, input }) as never,
  };
}
