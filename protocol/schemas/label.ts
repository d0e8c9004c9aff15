import * as z from 'zod';

/** Labels of one repository, and of one pull request. */
export const MOST_LABELS = 100;
export const MOST_LABELS_OF_PULL = 20;

/**
 * The name of a label. Characters that nobody sees are refused, so that no two labels look the same; two names that
 * differ only in the case of Latin letters are one.
 */
export const labelName = z
  .string()
  .trim()
  .normalize('NFC')
  .min(1)
  .max(50)
  .regex(/^[^\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]*$/u, { error: "a label's name is one line of visible characters" });

/** `#` and six hexadecimal digits. */
export const labelColor = z
  .string()
  .toLowerCase()
  .regex(/^#[0-9a-f]{6}$/, { error: 'a colour is "#" and six hexadecimal digits, e.g. "#0e8a16"' });

export const labelDescription = z
  .string()
  .trim()
  .max(200)
  .regex(/^[^\p{Cc}\p{Zl}\p{Zp}]*$/u, { error: 'a description is one line of text' });

export const labelNames = z.array(labelName).max(MOST_LABELS_OF_PULL);

/** A label as pull requests show it. */
export const labelView = z.strictObject({
  name: z.string(),
  color: z.string().regex(/^#[0-9a-f]{6}$/),
});
export type LabelView = z.infer<typeof labelView>;

/** A label of a repository. */
export const repoLabel = labelView.extend({
  /** Of no other label of the forge, before or later. */
  id: z.int().positive(),
  description: z.string(),
  /** Open pull requests that have it. */
  openPulls: z.int().nonnegative(),
});
export type RepoLabel = z.infer<typeof repoLabel>;
/** The same without what is counted. */
export type Label = Omit<RepoLabel, 'openPulls'>;
