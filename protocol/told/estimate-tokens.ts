/**
 * Most tokenizers of models make one token of more than four bytes of the hive's texts and tools, and of less in other
 * languages and in code.
 */
export const BYTES_PER_TOKEN = 3.5;

/** The size of a text in bytes of UTF-8, and a high estimate of its tokens for any model. */
export function sizeOf(text: string): { bytes: number; tokens: number } {
  const bytes = new TextEncoder().encode(text).length;
  return { bytes, tokens: Math.ceil(bytes / BYTES_PER_TOKEN) };
}
