import * as z from 'zod';
import { DEMO, PROVIDER_NAMES } from '../providers.ts';

export const providerName = z.enum(PROVIDER_NAMES);
/** Who answered a call: a provider, or the demo model. */
export const answererName = z.enum([...PROVIDER_NAMES, DEMO]);
