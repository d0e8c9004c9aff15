import { writeFile } from 'node:fs/promises';
import { rootCertificates } from 'node:tls';
import type { Places } from '../repositories/places.ts';

/**
 * Writes the certificates that git accepts when the hive has own ones (`proxy.ca_file`): the usual ones and those. Returns
 * the path of the file; null when the hive has none.
 */
export async function writeCertificates(
  { certificates }: Pick<Places, 'certificates'>,
  caPem: string | null,
): Promise<string | null> {
  if (caPem === null) return null;
  await writeFile(certificates, [...rootCertificates, caPem, ''].join('\n'), { mode: 0o600 });
  return certificates;
}
