/** An address that a link in somebody's text leads to. */
export interface SafeLink {
  readonly href: string;
  /** Where it leads, for readers. */
  readonly host: string;
}

/** Whether a link in somebody's text may be followed, and where it leads: http and https alone, without sign-in data; else null. */
export function readLink(href: string): SafeLink | null {
  if (!/^https?:\/\//i.test(href) || !URL.canParse(href)) return null;
  const url = new URL(href);
  const isPlain = (url.protocol === 'http:' || url.protocol === 'https:') && url.username === '' && url.password === '';
  return isPlain ? { href: url.href, host: url.host } : null;
}
