/**
 * Text of others must not look like a message's block, nor like a tag that a CLI's model is taught to read as the
 * system's. So every sign that can pass for "<" is written as an entity where a tag could begin: before a letter or
 * "/", "!", "?", however many characters without width or blanks stand between. "a < 3" and "i <= n" stay as they are.
 */
export function disarm(text: string): string {
  return text.replaceAll(/\p{Cs}/gu, '\uFFFD').replaceAll(OPENERS, '&lt;');
}

/** `<`, its full-width and small forms, and those that NFKC or a reader may take for it. */
const LESS_THAN = '<\\uFF1C\\uFE64\\u2039\\u276E\\u27E8\\u2329\\u3008';
/** What has no width or no ink: format and control characters, blanks, marks, default-ignorable fillers. */
const INVISIBLE = '\\p{Cf}\\p{Cc}\\p{Z}\\p{M}\\p{Default_Ignorable_Code_Point}\\u115F\\u1160\\u3164\\uFFA0\\u2800';
const TAG_BEGINS = '\\p{L}\\p{So}\\p{Nl}\\p{Co}_/!?\\uFF0F\\u2044\\u2215\\u29F8\\uFF01\\uFF1F\\uFFFD';
const OPENERS = new RegExp(`[${LESS_THAN}](?=[${INVISIBLE}]*[${TAG_BEGINS}])`, 'gu');
