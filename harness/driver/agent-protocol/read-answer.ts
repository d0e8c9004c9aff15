import * as z from 'zod';

/** What the driver reads of a program's answers. They are another program's output: unknown fields are ignored. */
const choice = z.object({ value: z.string() });
const configOption = z.object({
  id: z.string(),
  category: z.string().nullish(),
  currentValue: z.string(),
  options: z.array(z.union([choice, z.object({ options: z.array(choice) })])),
});
const options = z
  .array(configOption.nullable().catch(null))
  .nullish()
  .catch(null)
  .transform((all) => (all ?? []).flatMap((each) => each ?? []));

export const initializeAnswer = z.object({
  agentInfo: z.object({ version: z.string().nullish() }).nullish().catch(null),
  agentCapabilities: z
    .object({
      loadSession: z.boolean().nullish(),
      mcpCapabilities: z.object({ http: z.boolean().nullish() }).nullish(),
    })
    .nullish(),
});
export const sessionAnswer = z.object({ sessionId: z.string().min(1), configOptions: options });
/** Some programs answer nothing. */
export const loadAnswer = z.object({ configOptions: options }).nullish();
export const promptAnswer = z.object({ stopReason: z.string() });

export type ConfigOptions = z.infer<typeof options>;

const permission = z.object({ options: z.array(z.object({ optionId: z.string(), kind: z.string() })) });

/** Permission for a tool: what an agent may do is decided by its box, and nobody is there to ask. */
export function allow(params: unknown): object {
  const given = permission.safeParse(params).data?.options ?? [];
  const option = given.find(({ kind }) => kind === 'allow_always') ?? given.find(({ kind }) => kind === 'allow_once');
  if (option === undefined) return { outcome: { outcome: 'cancelled' } };
  return { outcome: { outcome: 'selected', optionId: option.optionId } };
}

/** The setting of the model that the program offers for `model`; null when it offers none, or has it already. */
export function chooseModel(given: ConfigOptions, model: string): { configId: string; value: string } | null {
  const option = given.find(({ id, category }) => category === 'model' || id === 'model');
  if (option === undefined) return null;
  const values = option.options.flatMap((each) => ('options' in each ? each.options : [each]));
  const value = values.find((each) => each.value === model || each.value.endsWith(`/${model}`))?.value;
  return value === undefined || value === option.currentValue ? null : { configId: option.id, value };
}
