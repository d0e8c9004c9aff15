import { spawnPiped } from '../../services/spawn.ts';

/**
 * Makes what is created in a directory writable for its group, whatever the maker's umask. Only for a directory whose parent
 * nobody but hived can write. False when the host has no `setfacl` or its file system no ACLs; the umask of boxes (002) then
 * does the same for all programs that do not change it.
 */
export async function setDefaultAcl(dir: string): Promise<boolean> {
  const program = spawnPiped({
    argv: ['setfacl', '--default', '--modify', 'u::rwx,g::rwx,o::---', '--', dir],
    env: { PATH: '/usr/sbin:/usr/bin:/sbin:/bin', LC_ALL: 'C' },
    uid: null,
    gid: null,
  });
  program.stdin.end();
  program.stdout.resume();
  program.stderr.resume();
  const { code } = await program.ended;
  return code === 0;
}
