import { HiveError } from '../../protocol/errors.ts';
import type { Op, Surface } from '../../protocol/op.ts';
import type { SurfaceClient } from '../../wire/client.ts';

/**
 * A client whose calls end at once when the operator interrupts the command. The call may have been carried out by
 * then: the error of an interrupted change says so, because repeating it could do it twice.
 */
export function followSignal<const S extends Surface>(
  surface: S,
  client: SurfaceClient<S>,
  signal: AbortSignal,
): SurfaceClient<S> {
  return {
    ...client,
    async call(name, input, options = {}) {
      if (signal.aborted) throw signal.reason;
      try {
        return await client.call(name, input, { signal, ...options });
      } catch (error) {
        const { method } = surface[name as string] as Op;
        if (!signal.aborted || method === 'GET') throw error;
        throw new HiveError('interrupted', MAYBE_DONE, { cause: error });
      }
    },
  };
}

const MAYBE_DONE =
  'Interrupted before the hive answered: it may have been done all the same. Look first: hivectl events -n 5 (mail: hivectl thread). A send, remind or schedule is safe to repeat when both have the same --key.';
