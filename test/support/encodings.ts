/** The usual encodings of a secret, in which agents write it. Self-contained: its source also runs in boxes. */
export function encode(value: string): string[] {
  const bytes = Buffer.from(value);
  const padded = ['', 'a', 'ab'].map((before) => Buffer.from(`${before}${value}z`));
  return [
    value,
    JSON.stringify(value).slice(1, -1),
    encodeURIComponent(value),
    String(new URLSearchParams({ value })).slice('value='.length),
    bytes.toString('hex'),
    bytes.toString('base64'),
    bytes.toString('base64url'),
    bytes.toString('base64').replace(/.{24}/g, '$&\n'),
    ...padded.map((one) => one.toString('base64')),
  ];
}

/**
 * What must be found nowhere: forms of the secret without characters that depend on its neighbours. The secret has at
 * least 21 bytes.
 */
export function needlesOf(value: string): string[] {
  return [...new Set(encode(value).map((form, index) => (index < 5 ? form : form.replaceAll('\n', '').slice(4, 28))))];
}
