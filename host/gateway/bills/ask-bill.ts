import { MAX_BILL_ROWS, type BilledDay } from '../../../protocol/schemas/bill.ts';
import type { ProviderTest } from '../../../protocol/schemas/service.ts';
import { type AskedWay, judgeFailure } from '../judge-test.ts';
import { createKeyRedaction } from '../upstream/redact.ts';
import type { Upstream } from '../upstream/connect-upstream.ts';
import type { BillRow, Bills } from './bills.ts';
import { judgeBillAnswer, judgeBillBody } from './judge-bill.ts';
import { BILLIONTHS } from './read-usd.ts';
import { parseJson } from '../../../system/text/parse-json.ts';

/** All pages together have this long. */
const ASK_MS = 60_000;
/** The longest page that is read. */
const PAGE_BYTES = 4 * 1024 * 1024;
const MAX_PAGES = 50;

/** A provider's figures, or why there are none. */
export interface AskedBill {
  readonly failure: ProviderTest | null;
  readonly rows: BilledDay[];
}

/**
 * Asks a provider for what it counted since the beginning of a day (UTC), page by page, on a connection of its own. The
 * admin key is in no result. Never rejects.
 */
export async function askBill(
  { connect, adminKey, from }: { connect: () => Upstream; adminKey: string; from: number },
  way: AskedWay & { bills: Bills },
): Promise<AskedBill> {
  const signal = AbortSignal.timeout(ASK_MS);
  const upstream = connect();
  const failed = (failure: ProviderTest): AskedBill => ({ failure, rows: [] });
  const { redactText } = createKeyRedaction(adminKey);
  const headers = way.bills.headers(adminKey);
  try {
    const days = new Map<string, BillRow>();
    for (const question of way.bills.questions) {
      const seen = new Set<string>();
      for (let page: string | null = null; ;) {
        const path: string = question.path(from, page);
        const answer = await upstream.request({ method: 'GET', path, headers, body: null, signal });
        const body = redactText(await readBody(answer.body));
        if (answer.status !== 200)
          return failed(judgeBillAnswer({ status: answer.status, headers: answer.headers, body }, way));
        const read = question.read(parseJson(body));
        if (read === null || days.size > MAX_BILL_ROWS) return failed(judgeBillBody(way));
        for (const row of read.rows) addRow(days, row);
        if ([...days.values()].some((row) => !isCountable(row))) return failed(judgeBillBody(way));
        if (read.next === null) break;
        // A page that leads to one that was read, or to one more without end.
        if (seen.has(read.next) || seen.size >= MAX_PAGES) return failed(judgeBillBody(way));
        seen.add(read.next);
        page = read.next;
      }
    }
    const first = new Date(from).toISOString().slice(0, 10);
    const rows = [...days.values()].filter(({ day }) => day >= first).map(toDay);
    return rows.length > MAX_BILL_ROWS ? failed(judgeBillBody(way)) : { failure: null, rows };
  } catch (error) {
    return failed(judgeFailure(signal.aborted ? signal.reason : error, way));
  } finally {
    await upstream.close();
  }
}

/** Longer than a page may be: cut, so that it is no JSON. */
async function readBody(chunks: AsyncIterable<unknown> | null): Promise<string> {
  const parts: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of chunks ?? []) {
    const part = Buffer.from(chunk as Uint8Array);
    parts.push(part);
    bytes += part.length;
    if (bytes > PAGE_BYTES) break;
  }
  return bytes > PAGE_BYTES ? '' : Buffer.concat(parts).toString();
}

/** Answers to several questions meet in one row for each day and model. */
function addRow(days: Map<string, BillRow>, row: BillRow): void {
  const key = `${row.day} ${row.model ?? ''}`;
  const known = days.get(key);
  days.set(
    key,
    known === undefined
      ? row
      : {
          day: row.day,
          model: row.model,
          billionths: add(known.billionths, row.billionths),
          requests: add(known.requests, row.requests),
          tokens: add(known.tokens, row.tokens),
        },
  );
}

function add(a: number | null, b: number | null): number | null {
  return a === null || b === null ? (a ?? b) : a + b;
}

/** Sums beyond this are not exact any more, and no organization's. */
function isCountable({ billionths, requests, tokens }: BillRow): boolean {
  return [billionths, requests, tokens].every((sum) => sum === null || Number.isSafeInteger(sum));
}

function toDay({ billionths, ...row }: BillRow): BilledDay {
  return { ...row, usd: billionths === null ? null : billionths / BILLIONTHS };
}
