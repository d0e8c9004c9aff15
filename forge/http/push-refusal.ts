import type { ServerResponse } from 'node:http';
import { HiveError } from '../../protocol/errors.ts';
import type { Limits } from '../limits.ts';
import { NO_CACHE, startWatchdog, type Watchdog } from './git-exchange.ts';
import { FLUSH, pktBytes, pktLine } from '../git/pkt-line.ts';
import type { PushHead } from './push-head.ts';

/** Maximum text of one side-band packet (65520 bytes with its length and band). */
const BAND_BYTES = 65_515;

/**
 * git's own report that every ref of a push was refused, with the reason: the client prints it behind each ref.
 * (After an HTTP error it would print "Everything up-to-date".) Null for a client without report support.
 */
export function reportRefusal(head: PushHead, reason: string): Buffer | null {
  const { commands, capabilities, encoding } = head;
  const takesReport = capabilities.has('report-status') || capabilities.has('report-status-v2');
  if (!takesReport || commands.length === 0) return null;
  const lines = commands.map(({ ref }) =>
    pktBytes(Buffer.concat([Buffer.from(`ng ${ref}`, encoding), Buffer.from(` ${reason}\n`)])),
  );
  const report = Buffer.concat([Buffer.from(pktLine('unpack ok\n')), ...lines, Buffer.from(FLUSH)]);
  if (!capabilities.has('side-band-64k')) return report;
  const packets: Buffer[] = [];
  for (let at = 0; at < report.length; at += BAND_BYTES) {
    const part = report.subarray(at, at + BAND_BYTES);
    packets.push(Buffer.from(`${(part.length + 5).toString(16).padStart(4, '0')}\u0001`), part);
  }
  return Buffer.concat([...packets, Buffer.from(FLUSH)]);
}

/** Reads the rest of a push: a client reads the answer only after it has sent everything. */
export async function drain(body: AsyncIterable<Buffer>, watchdog: Watchdog): Promise<void> {
  for await (const _chunk of watchdog.watch(body));
}

/** Answers a push without passing it to git. Throws `forbidden` for a client without report support. */
export async function refusePush(
  raw: ServerResponse,
  refused: { head: PushHead; body: AsyncIterable<Buffer>; reason: string; contentType: string },
  limits: Pick<Limits, 'idleMs' | 'totalMs' | 'minBytesPerSecond'>,
): Promise<void> {
  const report = reportRefusal(refused.head, refused.reason);
  if (report === null) throw new HiveError('forbidden', `${refused.reason}.`);
  const watchdog = startWatchdog(limits, () => raw.destroy());
  try {
    await drain(refused.body, watchdog);
  } finally {
    watchdog.stop();
  }
  if (raw.destroyed) return;
  if (!raw.headersSent) raw.writeHead(200, { 'content-type': refused.contentType, ...NO_CACHE });
  raw.end(report);
}
