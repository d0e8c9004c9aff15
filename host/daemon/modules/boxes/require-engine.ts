import { HiveError } from '../../../../protocol/errors.ts';
import type { Runtime } from '../../runtime/runtime.ts';

/** Throws `engine_unavailable`, or `image_missing` when no box can be made from that image. */
export async function requireEngine(runtime: Pick<Runtime, 'ping' | 'hasImage'>, image: string): Promise<void> {
  const engine = await runtime.ping();
  if (!engine.ok) throw new HiveError('engine_unavailable', `The container engine does not answer: ${engine.reason}`);
  if (!(await runtime.hasImage(image)))
    throw new HiveError(
      'image_missing',
      `The image "${image}" is not on this machine. Run "npm start" to build the base image, or name another one.`,
    );
}

/** The same, for operations that need no engine yet: a box is made when the engine is back. */
export async function requireImageIfKnown(runtime: Pick<Runtime, 'ping' | 'hasImage'>, image: string): Promise<void> {
  await requireEngine(runtime, image).catch((error: unknown) => {
    if (!(error instanceof HiveError) || error.code !== 'engine_unavailable') throw error;
  });
}
