import { existsSync } from 'node:fs';
import Docker from 'dockerode';

/** A client of the container engine on a Unix socket. It connects at the first call. */
export function connectEngine(socketPath: string): Docker {
  return new Docker({ socketPath });
}

export type EngineAnswer = { ok: true; version: string } | { ok: false; notPermitted: boolean };

/** Whether an engine answers on a socket within two seconds. Never throws. */
export async function askEngine(socketPath: string): Promise<EngineAnswer> {
  if (!existsSync(socketPath)) return { ok: false, notPermitted: false };
  try {
    const version = await new Docker({ socketPath, timeout: 2_000 }).version();
    return { ok: true, version: version.Version };
  } catch (error) {
    return { ok: false, notPermitted: (error as NodeJS.ErrnoException).code === 'EACCES' };
  }
}
