import { createHash } from 'node:crypto';
import { type BaseUrl, pagesOf } from '../route.ts';

/** An agent, the operator, or another owner of repositories, as Gitea's clients know users. */
export function toUser(name: string, base: BaseUrl) {
  return {
    id: idOf(name),
    login: name,
    username: name,
    full_name: name,
    // As in the commits of an agent's box.
    email: `${name}@hive.local`,
    avatar_url: '',
    html_url: `${pagesOf(base)}/${name}`,
    is_admin: false,
    active: true,
  };
}

/** Clients want a number; nothing is ever looked up by it. */
export function idOf(name: string): number {
  return createHash('sha256').update(name).digest().readUIntBE(0, 6);
}
