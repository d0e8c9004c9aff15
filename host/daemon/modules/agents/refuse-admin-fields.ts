import { HiveError } from '../../../../protocol/errors.ts';
import { adminFieldsOf } from '../../../../protocol/spec-fields.ts';

/**
 * Only hivectl may set which program runs in a box: otherwise the holder of a dashboard session could choose it. Throws
 * `forbidden` for a spec from the dashboard with such a field.
 */
export function refuseAdminFields(spec: object | undefined, caller: 'hivectl' | 'dashboard'): void {
  const fields = caller === 'dashboard' ? adminFieldsOf(spec ?? {}) : [];
  if (fields.length === 0) return;
  throw new HiveError('forbidden', `The dashboard may not set ${fields.join(', ')}. Use: hivectl edit NAME`);
}
