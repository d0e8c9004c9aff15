import * as z from 'zod';

/** What a provider's usage API says of a day (UTC); null: nothing. */
export interface BillRow {
  readonly day: string;
  /** Null: not said by model. */
  readonly model: string | null;
  /** In billionths of a US dollar. */
  readonly billionths: number | null;
  readonly requests: number | null;
  /** Of all kinds together. */
  readonly tokens: number | null;
}

/** One of the questions that make a bill. */
export interface BillQuestion {
  /** The path below the provider's base URL; `from` in epoch milliseconds, `page` from the answer before. */
  path(from: number, page: string | null): string;
  /** What an answer says, and the name of the next page; null when the body is none that the API gives. */
  read(body: unknown): { rows: BillRow[]; next: string | null } | null;
}

/** A provider's usage API, for keys of the organization's administrators. */
export interface Bills {
  headers(adminKey: string): Readonly<Record<string, string>>;
  readonly questions: readonly BillQuestion[];
}

const LAST_DAY = Date.UTC(10_000, 0, 1);

/** The date of a time in UTC; null for a time that is in no calendar of four-digit years. */
function utcDayOf(at: number): string | null {
  return at >= 0 && at < LAST_DAY ? new Date(at).toISOString().slice(0, 10) : null;
}

/** A count in a provider's figures. What is no count makes the page none of a usage API: it is not left out of a sum. */
export const billedCount = z.int().nonnegative().max(1_000_000_000_000).nullish();

/** A model's name, as a provider writes it. */
export const billedModel = z.string().max(200).nullish();

/** Where the next page of a list is. */
export const pageFields = { has_more: z.boolean(), next_page: z.string().max(2_000).nullish() };

interface Page<When, Result> {
  readonly data: readonly (When & { readonly results: readonly Result[] })[];
  readonly has_more: boolean;
  readonly next_page?: string | null | undefined;
}

/**
 * Reads a page of days with their results; null for one that is not as the API gives it, has a result that is no figure,
 * or says that there is a next one, and not which.
 */
export function readPage<When, Result>(
  body: unknown,
  how: {
    schema: z.ZodType<Page<When, Result>>;
    /** When a day begins (epoch ms). */
    startOf: (bucket: When) => number;
    read: (result: Result) => Omit<BillRow, 'day'> | null;
  },
): { rows: BillRow[]; next: string | null } | null {
  const page = how.schema.safeParse(body).data;
  if (page === undefined) return null;
  const next = page.has_more ? (page.next_page ?? '') : null;
  if (next === '') return null;
  const rows: BillRow[] = [];
  for (const bucket of page.data) {
    const day = utcDayOf(how.startOf(bucket));
    for (const result of bucket.results) {
      const row = how.read(result);
      if (row === null || day === null) return null;
      rows.push({ ...row, day });
    }
  }
  return { rows, next };
}
