/** A request's head is either complete and of the strict form, or refused; `need_more` before its end has arrived. */
export type HeadCheck =
  | { readonly do: 'accept' }
  | { readonly do: 'need_more' }
  | { readonly do: 'refuse'; readonly words: string };

/** The largest head. */
export const MAX_HEAD_BYTES = 16_384;

const TOKEN = /^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/;
// oxlint-disable-next-line no-control-regex -- control characters are what it looks for
const CONTROL = /[\u0000-\u0008\u000a-\u001f\u007f]/;

/**
 * Checks the bytes of a request's head before Node's parser sees them. That parser tolerates line folding and bare line
 * feeds, in which other servers see a different request than it does.
 */
export function checkHead(bytes: Buffer): HeadCheck {
  const end = bytes.indexOf('\r\n\r\n');
  const text = bytes.subarray(0, end === -1 ? bytes.length : end).toString('latin1');
  if (/(?<!\r)\n|\r(?!\n|$)/.test(text)) return refuse('A line ends without CR LF.');
  if (bytes.length > MAX_HEAD_BYTES && (end === -1 || end > MAX_HEAD_BYTES)) return refuse('The headers are too long.');
  if (end === -1) return { do: 'need_more' };
  const [requestLine = '', ...lines] = text.split('\r\n');
  if (!/^[A-Z]+ [\x21-\x7e]+ HTTP\/1\.[01]$/.test(requestLine))
    return refuse('The request line is not that of HTTP/1.1.');
  const seen = new Map<string, number>();
  for (const line of lines) {
    const colon = line.indexOf(':');
    const name = line.slice(0, Math.max(colon, 0)).toLowerCase();
    if (!TOKEN.test(name)) return refuse('A header line is folded or has no valid name.');
    if (CONTROL.test(line)) return refuse('A header has a control character.');
    seen.set(name, (seen.get(name) ?? 0) + 1);
    const value = line.slice(colon + 1).trim();
    if (name === 'transfer-encoding' && value.toLowerCase() !== 'chunked')
      return refuse('The only transfer encoding is "chunked".');
    if (name === 'content-length' && !/^\d{1,15}$/.test(value)) return refuse('The content length is not a number.');
  }
  for (const name of ['host', 'content-length', 'transfer-encoding'])
    if ((seen.get(name) ?? 0) > 1) return refuse(`There are several ${name} headers.`);
  if (seen.has('content-length') && seen.has('transfer-encoding'))
    return refuse('There is both a content length and a transfer encoding.');
  const isTunnel = requestLine.startsWith('CONNECT ');
  if (isTunnel && (seen.has('content-length') || seen.has('transfer-encoding'))) return refuse('CONNECT has no body.');
  if (!isTunnel && !seen.has('host') && requestLine.endsWith('1.1')) return refuse('There is no Host header.');
  if (seen.has('transfer-encoding') && requestLine.endsWith('1.0')) return refuse('HTTP/1.0 has no transfer encoding.');
  return { do: 'accept' };
}

function refuse(words: string): HeadCheck {
  return { do: 'refuse', words };
}
