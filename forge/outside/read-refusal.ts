import { REFUSAL_HEADER } from '../../protocol/egress.ts';
import { shorten } from '../../system/text/cut-text.ts';
import { MAX_HEAD_BYTES } from './relay-head.ts';

/** Why the gateway let a request through to nobody: its code, and its words for people. */
export interface GatewayRefusal {
  readonly code: string;
  readonly words: string;
}

const MOST_WORDS = 600;
const CODE = new RegExp(`^${REFUSAL_HEADER}: *([a-z_]{1,40})\\r?$`, 'im');

/**
 * Hears the bytes of an answer, and tells when it is a refusal by the gateway itself, which marks its own answers by a
 * header that it passes on from no host.
 */
export function createRefusalReader(tell: (refusal: GatewayRefusal) => void): (chunk: Buffer) => void {
  let bytes: Buffer = Buffer.alloc(0);
  let isOver = false;
  return (chunk) => {
    if (isOver) return;
    bytes = Buffer.concat([bytes, chunk]);
    const end = bytes.indexOf('\r\n\r\n');
    if (end === -1) {
      isOver = bytes.length > MAX_HEAD_BYTES;
      return;
    }
    const code = CODE.exec(bytes.subarray(0, end).toString('latin1'))?.[1];
    if (code === undefined) {
      isOver = true;
      return;
    }
    // The words may come in a later piece: what is known is told again.
    const words = bytes.subarray(end + 4).toString('utf8');
    isOver = bytes.length > MAX_HEAD_BYTES;
    tell({ code, words: shorten(plain(words), MOST_WORDS) });
  };
}

/** In one line. */
function plain(text: string): string {
  // oxlint-disable-next-line no-control-regex
  return text.replace(/[\u0000-\u001f\u007f-\u009f]+/g, ' ').trim();
}
