/**
 * A form in which a secret may stand in a text. `wraps`: encoders break this form into lines, so line breaks and
 * indentation inside it do not count.
 */
export interface Needle {
  readonly bytes: Buffer;
  readonly wraps: boolean;
}

/**
 * The forms in which a text may contain a secret: as it is, escaped for JSON (once and twice, in ASCII too),
 * percent-encoded as the usual libraries do it, in hexadecimal digits, and in base64, plain and URL-safe.
 *
 * In base64 the characters depend on the secret's position in what was encoded, modulo 3. Each of the three needles is
 * the part that does not depend on neighbours: up to 6 bits at either end of the secret are not in it.
 */
export function encodeSecret(value: string): Needle[] {
  const bytes = Buffer.from(value);
  const plain = new Set([value, ...escapeForJson(value), ...encodePercent(bytes)]);
  const wrapped = new Set([...encodeBase64(bytes), bytes.toString('hex'), bytes.toString('hex').toUpperCase()]);
  return [
    ...[...plain].map((form) => ({ bytes: Buffer.from(form), wraps: false })),
    ...[...wrapped].map((form) => ({ bytes: Buffer.from(form), wraps: true })),
  ];
}

function escapeForJson(value: string): string[] {
  const once = JSON.stringify(value).slice(1, -1);
  const ascii = once.replace(/[\u0080-\uFFFF]/g, (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`);
  const forms = [once, ascii, once.replaceAll('/', '\\/')];
  return [...forms, ...forms.map((form) => JSON.stringify(form).slice(1, -1))];
}

/** Libraries differ in the characters that they leave as they are, and in the case of the digits. */
function encodePercent(bytes: Buffer): string[] {
  const text = bytes.toString();
  const component = encodeURIComponent(text);
  const strict = component.replace(/[!'()*]/g, (char) => `%${char.charCodeAt(0).toString(16).toUpperCase()}`);
  const every = bytes.toString('hex').replace(/../g, '%$&').toUpperCase();
  const form = new URLSearchParams({ '': text }).toString().slice(1);
  const forms = [form, encodeURI(text), component, strict, component.replaceAll('%2F', '/'), every];
  const withPlus = forms.flatMap((form) => [form, form.replaceAll('%20', '+')]);
  return withPlus.flatMap((form) => [form, form.replace(/%../g, (code) => code.toLowerCase())]);
}

/** Per alignment: the characters that hold bits of neighbours before the secret. */
const FOREIGN_CHARS = [0, 2, 3] as const;

function encodeBase64(bytes: Buffer): string[] {
  return FOREIGN_CHARS.flatMap((foreign, alignment) => {
    const whole = Math.floor(((alignment + bytes.length) * 8) / 6);
    const plain = Buffer.concat([Buffer.alloc(alignment), bytes])
      .toString('base64')
      .slice(foreign, whole);
    return [plain, plain.replaceAll('+', '-').replaceAll('/', '_')];
  });
}
