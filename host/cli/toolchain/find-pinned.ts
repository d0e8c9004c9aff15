import { closest } from 'fastest-levenshtein';
import { type CliVersion, sayCli } from '../../../protocol/cli-places.ts';
import { HiveError } from '../../../protocol/errors.ts';
import type { CliPart, PinnedVersion } from '../setup/clis/clis.ts';

/** The CLIs that can be had, by name. */
export type Catalogue = Readonly<Record<string, CliPart>>;

/** A version that can be had. */
export interface Pinned extends CliVersion {
  readonly part: CliPart;
  readonly pinned: PinnedVersion;
}

/** The version that new boxes get unless the operator chose another: the newest one. */
export function defaultVersion(cli: string, part: CliPart): Pinned {
  const [pinned] = part.pinned;
  return { cli, version: pinned.version, part, pinned };
}

/**
 * The version that somebody means by `cli`, `cli@1.2` or `cli@1.2.3`: the newest pinned one that begins so. Throws
 * `invalid_input`; the message names what there is.
 */
export function findPinned(catalogue: Catalogue, text: string): Pinned {
  const { cli, version } = splitCli(catalogue, text);
  const part = partOf(catalogue, cli);
  if (part === undefined) throw unknownCli(catalogue, cli);
  const pinned = part.pinned.find((each) => version === null || isBeginning(version, each.version));
  if (pinned !== undefined) return { cli, version: pinned.version, part, pinned };
  const known = part.pinned.map((each) => sayCli({ cli, version: each.version }));
  throw new HiveError(
    'invalid_input',
    `Hyperhive knows no checksum of ${text}, so it does not install it. It knows ${known.join(' and ')}.`,
  );
}

/**
 * The one of these versions that somebody means; a complete version, or a beginning that fits exactly one of them.
 * Throws `invalid_input`, or `not_found` when none fits.
 */
export function findPlaced(catalogue: Catalogue, text: string, placed: readonly CliVersion[]): CliVersion {
  const { cli, version } = splitCli(catalogue, text);
  const own = placed.filter((each) => each.cli === cli);
  const exact = own.find((each) => each.version === version);
  const fitting = own.filter((each) => version === null || isBeginning(version, each.version));
  if (exact !== undefined) return exact;
  if (fitting[0] !== undefined && fitting.length === 1) return fitting[0];
  if (fitting.length > 1)
    throw new HiveError('invalid_input', `Say which version: ${fitting.map(sayCli).join(' or ')}.`);
  if (partOf(catalogue, cli) === undefined && own.length === 0) throw unknownCli(catalogue, cli);
  throw new HiveError('not_found', `${text} is not in the toolchain. "hivectl toolchain ls" lists what is.`);
}

function partOf(catalogue: Catalogue, cli: string): CliPart | undefined {
  return Object.hasOwn(catalogue, cli) ? catalogue[cli] : undefined;
}

function splitCli(catalogue: Catalogue, text: string): { cli: string; version: string | null } {
  const parts = /^([a-z][a-z0-9-]*)(?:@(\d[\w.+-]*))?$/.exec(text);
  if (parts?.[1] !== undefined) return { cli: parts[1], version: parts[2] ?? null };
  const [name = '', part] = Object.entries(catalogue)[0] ?? [];
  const example = part === undefined ? '' : `, such as ${sayCli(defaultVersion(name, part))}`;
  throw new HiveError('invalid_input', `"${text}" is not a CLI with a version${example}.`);
}

/** `1.2` begins 1.2.3, not 1.20.3. */
function isBeginning(given: string, version: string): boolean {
  return version === given || version.startsWith(`${given}.`);
}

function unknownCli(catalogue: Catalogue, cli: string): HiveError {
  const names = Object.keys(catalogue);
  return new HiveError(
    'invalid_input',
    `There is no CLI "${cli}". There are: ${names.join(', ')}; did you mean ${closest(cli, names)}?`,
  );
}
