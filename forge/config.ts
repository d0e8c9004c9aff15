import * as z from 'zod';

/** The forge's environment; all other settings come over the control pipe. */
const environment = z.object({
  /** Where to find `git`. */
  PATH: z.string().min(1).default('/usr/local/bin:/usr/bin:/bin'),
});

export interface ForgeConfig {
  readonly path: string;
}

/** Reads the environment; the only place of this zone that does. */
export function readConfig(env: NodeJS.ProcessEnv): ForgeConfig {
  return Object.freeze({ path: environment.parse(env).PATH });
}
