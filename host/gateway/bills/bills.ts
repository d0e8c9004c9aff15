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

/** The date of a time in UTC. */
export function utcDayOf(at: number): string | null {
  return Number.isFinite(at) && Math.abs(at) < 8.64e15 ? new Date(at).toISOString().slice(0, 10) : null;
}

/** The pages of a list: where the next one is. `null` for a page that says there is one, and not which. */
export function nextPage(page: {
  has_more: boolean;
  next_page?: string | null | undefined;
}): { next: string | null } | null {
  if (!page.has_more) return { next: null };
  return page.next_page == null || page.next_page === '' ? null : { next: page.next_page };
}
