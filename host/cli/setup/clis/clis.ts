import type { DriverName } from '../../../../protocol/drivers/drivers.ts';
import { claude } from './claude.ts';

/** An LLM CLI from npm: one program, without its install scripts. */
export interface CliPart {
  /** Its name for people. */
  readonly title: string;
  readonly version: string;
  readonly packageName: (arch: string) => string;
  /** The path of the program within the package. */
  readonly file: string;
  /** npm's integrity checksum of that version, by processor: the download must match it. */
  readonly integrity: Readonly<Record<string, string>>;
}

/** The CLIs that set-up installs, by the driver that needs them: one line each. */
export const CLIS: Partial<Record<DriverName, CliPart>> = { claude };
