import * as z from 'zod';
import { providerName } from './provider.ts';

/** A model's name, as CLIs and providers spell it. */
export const modelName = z
  .string()
  .min(1)
  .max(128)
  .regex(/^[A-Za-z0-9][\w.:/[\]-]*$/);

/** A model, and the provider that serves it. */
export const modelEntry = z.strictObject({ provider: providerName, model: modelName });
export type ModelEntry = z.infer<typeof modelEntry>;

/**
 * An entry in a report, as `provider/model`; the provider alone, where the box chose the model. It stands in words of the
 * hive's own, so it holds none.
 */
export const entryTitle = z
  .string()
  .max(200)
  .regex(/^[a-z][a-z0-9-]*(?:\/[\w.:/[\]-]+)?$/);

/** The models of one agent, as the gateway enforces them. */
export const agentModels = z.strictObject({
  /** The models that its requests may name, each with its family; null: any. */
  allowed: z.array(modelName).nullable(),
  /**
   * Who answers, the first of these that can; the request is rewritten to the model of the one that does. Empty: the
   * agent's provider answers whatever is requested.
   */
  entries: z.array(modelEntry),
});
export type AgentModels = z.infer<typeof agentModels>;

/** The state of an entry, as the gateway sees it; `until`: when that is due to end, if known. */
export const entryState = z.strictObject({
  state: z.enum(['ready', 'limited', 'failing', 'refused', 'no_key', 'demo', 'not_told']),
  until: z.int().nullable(),
});
export type EntryState = z.infer<typeof entryState>;
