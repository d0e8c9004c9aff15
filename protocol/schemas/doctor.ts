import * as z from 'zod';

/** One check of the doctor. */
export const doctorCheck = z.strictObject({
  name: z.string(),
  ok: z.boolean(),
  /** `warn` does not make the doctor fail. */
  level: z.enum(['ok', 'warn', 'fail']),
  found: z.string(),
  advice: z.string().nullable(),
});
export type DoctorCheck = z.infer<typeof doctorCheck>;

export function good(name: string, found: string): DoctorCheck {
  return { name, ok: true, level: 'ok', found, advice: null };
}

/** Nothing is broken, but something needs attention. */
export function warn(name: string, found: string, advice: string | null): DoctorCheck {
  return { name, ok: true, level: 'warn', found, advice };
}

export function bad(name: string, found: string, advice: string | null): DoctorCheck {
  return { name, ok: false, level: 'fail', found, advice };
}
