import { bad, type DoctorCheck, good, warn } from '../../../../protocol/schemas/doctor.ts';
import type { DiskOwner, DiskReport } from '../../../../protocol/schemas/disk.ts';
import type { Places } from '../../config.ts';
import type { LocalNode } from '../../node/local-node.ts';
import { sharedPlace } from '../../node/place.ts';
import { sayBiggest, sayBytes, sayUse } from './say-disk.ts';

/** Paths for advice to people. */
interface Whereabouts {
  places: Pick<Places, 'root' | 'backups'>;
  node: Pick<LocalNode, 'pathOf' | 'filesOf'>;
}

/** Advice on an owner's disk use. */
function adviseOn(owner: DiskOwner, { places, node }: Whereabouts): string | null {
  if (owner.agent !== null)
    return `Delete files in ${node.filesOf(owner.agent)}, or the agent: hivectl destroy ${owner.agent}`;
  switch (owner.owner) {
    case 'shared':
      return `Delete files in ${node.pathOf(sharedPlace('shared'))}.`;
    case 'forge':
      return 'Remove repositories that nobody needs: hivectl forge ls shows their sizes, hivectl forge rm removes one.';
    case 'messages and events':
      return 'Keep less: retention.* in config.yaml (docs/configuration.md).';
    case 'attachments':
      return 'Keep messages for a shorter time: retention.messages_days in config.yaml.';
    case 'backups':
      return `Move archives of destroyed agents away from ${places.backups}.`;
    case 'trash':
      return 'It is emptied at the next start: hivectl up --restart';
    default:
      return null;
  }
}

/**
 * The doctor's check of the disk: free space, and everybody over a limit; the biggest users when it is low. Free
 * space is current, use per owner is from the last measurement.
 */
export function examineDisk(report: DiskReport, about: Whereabouts & { now: number }): DoctorCheck[] {
  const { places, now } = about;
  const { disk, owners, measuredAt } = report;
  const since = measuredAt === null ? '' : ` (measured ${sayAgo(now - measuredAt)})`;
  const isLow = disk.level !== 'ok';
  const biggest = owners.find((one) => adviseOn(one, about) !== null && one.bytes > 0);
  const found = `${sayBytes(disk.freeBytes)} of ${sayBytes(disk.totalBytes)} free under ${places.root}; ${sayBiggest(owners)}${since}`;
  const judgeLow = disk.level === 'full' ? bad : warn;
  const advice = biggest === undefined ? null : adviseOn(biggest, about);
  const checks = [isLow ? judgeLow('disk', disk.advice ?? found, advice) : good('disk', found)];
  for (const owner of owners)
    if (
      (owner.limitBytes > 0 && owner.bytes > owner.limitBytes) ||
      (owner.limitFiles > 0 && owner.files > owner.limitFiles)
    )
      checks.push(warn(`disk: ${owner.owner}`, `over its limit: ${sayUse(owner)}${since}`, adviseOn(owner, about)));
  const parts = owners.filter((one) => !one.whole).map(({ owner }) => owner);
  if (parts.length > 0)
    checks.push(
      warn(
        'disk: counting',
        `not everything could be counted, there may be more: ${parts.join(', ')}${since}`,
        'Where hived runs as root, it needs CAP_DAC_READ_SEARCH (docker run --cap-add DAC_READ_SEARCH, CapabilityBoundingSet= of a unit). Otherwise there are too many files to count, or the log of hived says why.',
      ),
    );
  return checks;
}

function sayAgo(ms: number): string {
  const minutes = Math.round(ms / 60_000);
  return minutes < 1 ? 'just now' : `${minutes} min ago`;
}
