import { expect, test } from 'vitest';
import { type ErrorKind, kindOfError } from './kind-of-error.ts';

test.each<[string, number | null, ErrorKind]>([
  ['messages.4.content.1.image.source.base64: image exceeds 5 MB maximum: 6291456 bytes > 5242880 bytes', 400, 'spent'],
  ['Could not process image', 400, 'spent'],
  // A CLI's own words about the same.
  ['API Error: an image in the conversation could not be processed and was removed.', 400, 'spent'],
  ['At least one of the image dimensions exceed max allowed size: 8000 pixels', 400, 'spent'],
  ['The image data you provided does not represent a valid image.', 400, 'spent'],
  ['The request body is not valid JSON: no low surrogate in string: line 1 column 60112', 400, 'spent'],
  ['invalid high surrogate in string', 400, 'spent'],
  ['messages.7: `tool_use` ids were found without `tool_result` blocks immediately after: toolu_01', 400, 'spent'],
  ['No tool output found for function call call_9.', 400, 'spent'],
  ['prompt is too long: 212345 tokens > 200000 maximum', 400, 'spent'],
  ['input length and `max_tokens` exceed context limit: 190000 + 21333 > 200000', 400, 'spent'],
  ["This model's maximum context length is 128000 tokens", 400, 'spent'],
  ["Codex ran out of room in the model's context window.", null, 'spent'],
  ['The input token count (1234567) exceeds the maximum number of tokens allowed (1048576).', 400, 'spent'],
  ['Error during compaction: Error: Conversation too long', null, 'spent'],
  ['Request too large (max 32MB)', 413, 'spent'],
  ['invalid model name', 400, 'other'],
  ['temperature: must be at most 1', 400, 'other'],
  ['Overloaded', 529, 'away'],
  ['hit your session limit', null, 'rate_limit'],
])('%s (%s) is %s', (text, status, kind) => {
  expect(kindOfError(text, status)).toBe(kind);
});
