import type { FsckFinding } from '../../../protocol/schemas/fsck.ts';
import { shorten } from '../../../system/text/cut-text.ts';

/** What git fsck printed. `code` null: it was ended. */
export interface FsckOutput {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

const MOST_NAMED = 3;
const LONGEST = 200;

/** What git found, in words; `name`: OWNER/NAME. Lines that say nothing is wrong are left out. */
export function readFsck({ code, stdout, stderr }: FsckOutput, name: string): FsckFinding[] {
  const lines = `${stdout}\n${stderr}`.split('\n').map((line) => line.trim());
  // The worst first.
  const kinds: Record<Kind, string[]> = { damaged: [], missing: [], bad_ref: [], bad_index: [] };
  for (const line of lines) {
    const kind = kindOf(line);
    if (kind !== null) kinds[kind].push(shorten(line.replace(/^(?:error|fatal): /, ''), LONGEST));
  }
  const findings = (Object.keys(kinds) as Kind[]).flatMap((kind) => {
    const said = [...new Set(kinds[kind])];
    return said.length === 0
      ? []
      : [{ code: kind, words: `${WORDS[kind]}: ${listSome(said)}.`, advice: advise(kind, name) }];
  });
  if (findings.length > 0 || code === 0) return findings;
  const words = `${WORDS.damaged}: git fsck ended with ${code ?? 'a signal'} and said nothing.`;
  return [{ code: 'damaged', words, advice: advise('damaged', name) }];
}

type Kind = 'bad_index' | 'missing' | 'bad_ref' | 'damaged';

const WORDS: Readonly<Record<Kind, string>> = {
  bad_index: 'An index is wrong',
  missing: 'Objects are missing',
  bad_ref: 'A ref names nothing',
  damaged: 'Objects cannot be read',
};

function kindOf(line: string): Kind | null {
  if (/commit-graph|multi-pack-index|\bmidx\b|bitmap/.test(line)) return 'bad_index';
  if (/^missing |^broken link |^to +\w+ [0-9a-f]{40}$|Could not read [0-9a-f]{40}|unable to read tree/.test(line))
    return 'missing';
  if (/^(?:error|warning): .*\brefs\/|^error: HEAD\b/.test(line)) return 'bad_ref';
  if (/^(?:error|fatal)\b/.test(line)) return 'damaged';
  return null;
}

function advise(kind: Kind, name: string): string {
  if (kind === 'bad_index') return `Nothing is lost. Have it written anew: hivectl forge maintain ${name}`;
  if (kind === 'bad_ref')
    return `Push the branch again from a clone that has it, or restore the repository from a backup: hivectl forge restore ${name} --replace ${name}`;
  return `Restore the repository from a backup, which keeps what is newer and whole: hivectl forge restore ${name} --replace ${name}; or push all branches again from a clone.`;
}

function listSome(lines: readonly string[]): string {
  const more = lines.length - MOST_NAMED;
  return `${lines.slice(0, MOST_NAMED).join('; ')}${more > 0 ? `; and ${more} more` : ''}`;
}
