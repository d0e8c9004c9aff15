import { HiveError } from '../../../../protocol/errors.ts';
import { adminFieldsOf } from '../../../../protocol/spec-fields.ts';

/**
 * Which program runs in a box is said by hivectl alone: whoever holds a session of the dashboard could choose it otherwise.
 * Throws `forbidden` for a spec from the dashboard that holds such a field.
 */
export function refuseAdminFields(spec: object | undefined, caller: 'hivectl' | 'dashboard'): void {
  const fields = caller === 'dashboard' ? adminFieldsOf(spec ?? {}) : [];
  if (fields.length === 0) return;
  throw new HiveError('forbidden', `The dashboard may not set ${fields.join(', ')}. Use: hivectl edit NAME`);
}
