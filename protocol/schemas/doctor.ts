import { z } from 'zod';

/** One thing that the doctor looked at. */
export const doctorCheck = z.strictObject({
  name: z.string(),
  ok: z.boolean(),
  /** `warn` does not fail the doctor. */
  level: z.enum(['ok', 'warn', 'fail']),
  found: z.string(),
  advice: z.string().nullable(),
});
export type DoctorCheck = z.infer<typeof doctorCheck>;

export function good(name: string, found: string): DoctorCheck {
  return { name, ok: true, level: 'ok', found, advice: null };
}

/** Nothing is broken, and something is to be looked at. */
export function warn(name: string, found: string, advice: string | null): DoctorCheck {
  return { name, ok: true, level: 'warn', found, advice };
}

export function bad(name: string, found: string, advice: string | null): DoctorCheck {
  return { name, ok: false, level: 'fail', found, advice };
}
