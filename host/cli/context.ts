import type { adminSurface } from '../../protocol/operations/admin.ts';
import type { forgeSurface } from '../../protocol/operations/services.ts';
import type { SurfaceClient } from '../../wire/client.ts';
import type { Settings } from './config.ts';
import type { Io } from './output/terminal.ts';

/** The dependencies of every command. */
export interface CliContext {
  readonly settings: Settings;
  readonly io: Io;
  /** hived's admin surface; connects at the first call. */
  readonly hive: SurfaceClient<typeof adminSurface>;
  /** The forge's own surface, with the operator's rights. */
  readonly forge: SurfaceClient<typeof forgeSurface>;
  /** Fires at Ctrl-C. */
  readonly signal: AbortSignal;
  /** The directory of the build that hivectl is part of. */
  readonly dist: string;
  readonly now: () => number;
}
