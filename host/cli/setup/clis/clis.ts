import type { DriverName } from '../../../../protocol/drivers/drivers.ts';
import { claude } from './claude.ts';

/** An LLM CLI as npm has it: one program, without its install scripts. */
export interface CliPart {
  /** For people. */
  readonly title: string;
  readonly version: string;
  readonly packageName: (arch: string) => string;
  /** The program within the package. */
  readonly file: string;
  /** What npm must get for that version, by processor, whatever the registry says today. */
  readonly integrity: Readonly<Record<string, string>>;
}

/** The CLIs that set-up places, by the driver that needs them: one line each. */
export const CLIS: Partial<Record<DriverName, CliPart>> = { claude };
