import type { Label } from '../../../protocol/schemas/label.ts';
import type { BaseUrl } from '../route.ts';

/** A label. Gitea writes colours without the "#". */
export function toLabel({ id, name, color, description }: Label, { base, repo }: { base: BaseUrl; repo: string }) {
  return {
    id,
    name,
    color: color.slice(1),
    description,
    exclusive: false,
    is_archived: false,
    url: `${base}/api/v1/repos/${repo}/labels/${id}`,
  };
}
