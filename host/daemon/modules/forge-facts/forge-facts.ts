import { HiveError } from '../../../../protocol/errors.ts';
import { forgeSurface } from '../../../../protocol/operations/services.ts';
import { EVENT_DATA } from '../../../../protocol/schemas/event.ts';
import type { ForgeFact } from '../../../../protocol/schemas/forge-fact.ts';
import type { Db } from '../../../../store/open-store.ts';
import { connectSurface } from '../../../../wire/client.ts';
import { agentExists } from '../agents/queries.ts';
import type { KnownSecrets } from '../../core/known-secrets.ts';
import { getMeta, setMeta } from '../../core/store/meta.ts';
import type { Tx, Writer } from '../../core/writer.ts';
import type { MailContext } from '../mail/mail-context.ts';
import { postFactMail } from './post-fact-mail.ts';
import { pause } from '../../../../system/pause.ts';

export interface ForgeFactsDeps {
  db: Db;
  writer: Writer;
  mail: MailContext;
  /** The path of the forge's socket for hived. */
  socket: string;
  /** Replaces secrets: titles and comments come from agents. */
  redact: KnownSecrets['redactJson'];
}

const POSITION = 'forge.facts';
const WAIT_MS = 25_000;

/**
 * Stores the forge's facts in the event log and posts the mail that belongs to them, each exactly once: the read
 * position is stored in the transaction that stores the events. Continues through any absence of the forge; ends with
 * the signal.
 */
export async function pumpForgeFacts(
  deps: ForgeFactsDeps & { onError: (error: unknown) => void },
  signal: AbortSignal,
): Promise<void> {
  const forge = connectSurface(forgeSurface, deps.socket, { connections: 1 });
  let told = false;
  try {
    while (!signal.aborted) {
      try {
        const after = Number(getMeta(deps.db, POSITION) ?? 0);
        const { facts } = await forge.call(
          'listFacts',
          { after, waitMs: WAIT_MS },
          { signal, timeoutMs: WAIT_MS + 10_000 },
        );
        if (facts.length > 0) await deps.writer.write((tx) => storeFacts(tx, deps.mail, deps.redact(facts).value));
      } catch (error) {
        // A call interrupted by the stop is not a failure.
        if (signal.aborted) return;
        // A forge that does not answer is called again; its supervisor logs why. A fact that cannot be stored blocks
        // all later ones, so that failure is reported, once.
        if (!(error instanceof HiveError) && !told) deps.onError(error);
        told ||= !(error instanceof HiveError);
        await pause(500, signal);
      }
    }
  } finally {
    await forge.close();
  }
}

function storeFacts(tx: Tx, hive: MailContext, facts: readonly ForgeFact[]): void {
  for (const fact of facts) {
    const data = EVENT_DATA[fact.kind].parse({ ...fact.data, repo: fact.repo, by: fact.by });
    hive.events.append(tx, fact.kind, { agent: agentExists(tx.db, fact.by) ? fact.by : null, data: data as never });
    fact.mail.forEach((mail, index) => postFactMail(tx, hive, { fact, mail, index }));
  }
  const last = facts.at(-1);
  if (last !== undefined) setMeta(tx.db, POSITION, String(last.id));
}
