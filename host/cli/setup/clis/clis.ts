import { claude } from './claude.ts';
import { codex } from './codex.ts';
import { gemini } from './gemini.ts';
import { opencode } from './opencode.ts';

/** An LLM CLI from npm: one package with everything that it needs on a processor. Its install scripts are not run. */
export interface CliPart {
  /** Its name for people. */
  readonly title: string;
  readonly packageOf: (version: string, arch: string) => { readonly name: string; readonly version: string };
  /** The path of the program within the package. */
  readonly program: (arch: string) => string;
  /** The versions that were tried with Hyperhive, newest first. The first is in use unless the operator chose another. */
  readonly pinned: readonly [PinnedVersion, ...PinnedVersion[]];
}

export interface PinnedVersion {
  readonly version: string;
  /** npm's integrity checksum of its package, by processor: the download must match it. */
  readonly integrity: Readonly<Record<string, string>>;
}

/** The CLIs by the names used in commands, one each. A driver names the one that it needs (`cli` of its facts). */
export const CLIS: Readonly<Record<string, CliPart>> = { claude, codex, gemini, opencode };
