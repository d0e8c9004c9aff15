import fastify from 'fastify';
import { HiveError } from '../../../protocol/errors.ts';
import { forgeSurface } from '../../../protocol/operations/services.ts';
import { listenUnix } from '../../../system/socket/listen-unix.ts';
import { answerErrors, parseJsonBodies, serveSurface } from '../../../wire/routes.ts';

/** A stand-in for the forge beside that of hived at `socket`: the real surface, with answers from the test. */
export async function openStandInForge(
  socket: string,
  answers: Readonly<Record<string, (input: unknown) => object>>,
): Promise<{ close(): Promise<void> }> {
  const forge = fastify({ forceCloseConnections: true });
  answerErrors(forge);
  parseJsonBodies(forge);
  const refuse = () => {
    throw new HiveError('not_implemented');
  };
  const handlers = Object.fromEntries(Object.keys(forgeSurface).map((name) => [name, answers[name] ?? refuse]));
  serveSurface(forge, forgeSurface, { handlers: handlers as never, callerOf: () => null });
  await listenUnix(forge, `${socket}.forge`, { mode: 0o600 });
  return { close: () => forge.close() };
}
