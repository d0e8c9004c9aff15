/** The start of a tunnel's bytes: the host name in its TLS ClientHello (null: none), or why it is no such message. */
export type ClientHello =
  | { readonly found: 'need_more' }
  | { readonly found: 'hello'; readonly name: string | null }
  | { readonly found: 'not_tls' }
  | { readonly found: 'hidden_name' };

const HANDSHAKE = 22;
const CLIENT_HELLO = 1;
const SERVER_NAME = 0;
/** Encrypted ClientHello: the name in the open part need not be that of the host. */
const ENCRYPTED_HELLO = 0xfe0d;
/** Post-quantum key shares make it 2 KB; nothing makes it this long. */
const MAX_HELLO_BYTES = 16_384;

/** Reads the ClientHello with which a TLS connection begins (RFC 8446, section 4.1.2; RFC 6066, section 3). */
export function readClientHello(bytes: Buffer): ClientHello {
  const message = joinRecords(bytes);
  if (message === 'not_tls') return { found: 'not_tls' };
  if (message.length < 4) return { found: 'need_more' };
  const length = message.readUIntBE(1, 3);
  if (message[0] !== CLIENT_HELLO || length > MAX_HELLO_BYTES) return { found: 'not_tls' };
  if (message.length < 4 + length) return { found: 'need_more' };
  try {
    return readExtensions(message.subarray(4, 4 + length));
  } catch (error) {
    if (error instanceof RangeError) return { found: 'not_tls' };
    throw error;
  }
}

/** The content of the handshake records, without a record that is not complete. */
function joinRecords(bytes: Buffer): Buffer | 'not_tls' {
  const parts: Buffer[] = [];
  for (let at = 0; at < bytes.length;) {
    if (bytes[at] !== HANDSHAKE || (at + 1 < bytes.length && bytes[at + 1] !== 3)) return 'not_tls';
    if (at + 5 > bytes.length) break;
    const length = bytes.readUInt16BE(at + 3);
    if (length === 0 || length > MAX_HELLO_BYTES) return 'not_tls';
    if (at + 5 + length > bytes.length) break;
    parts.push(bytes.subarray(at + 5, at + 5 + length));
    at += 5 + length;
    // Only the first message counts; what follows it may be of another kind.
    const joined = Buffer.concat(parts);
    if (joined.length >= 4 && joined.length >= 4 + joined.readUIntBE(1, 3)) return joined;
  }
  return Buffer.concat(parts);
}

/** Throws a RangeError where the message is shorter than its lengths say. */
function readExtensions(hello: Buffer): ClientHello {
  let at = 2 + 32;
  at += 1 + hello.readUInt8(at);
  at += 2 + hello.readUInt16BE(at);
  at += 1 + hello.readUInt8(at);
  if (at === hello.length) return { found: 'hello', name: null };
  const end = at + 2 + hello.readUInt16BE(at);
  if (end !== hello.length) return { found: 'not_tls' };
  let name: string | null = null;
  for (at += 2; at < end;) {
    const type = hello.readUInt16BE(at);
    const length = hello.readUInt16BE(at + 2);
    const content = hello.subarray(at + 4, at + 4 + length);
    if (content.length !== length) return { found: 'not_tls' };
    if (type === ENCRYPTED_HELLO) return { found: 'hidden_name' };
    if (type === SERVER_NAME) {
      // A second name could be the one that the server takes.
      if (name !== null) return { found: 'not_tls' };
      name = readName(content);
      if (name === null) return { found: 'not_tls' };
    }
    at += 4 + length;
  }
  return { found: 'hello', name };
}

/** The extension's only name; null when it has another form. */
function readName(content: Buffer): string | null {
  if (content.length < 5 || content.readUInt16BE(0) !== content.length - 2 || content.readUInt8(2) !== 0) return null;
  if (content.readUInt16BE(3) !== content.length - 5) return null;
  return content.subarray(5).toString('latin1').toLowerCase();
}
