import { runProgram } from '../../../system/process/run-program.ts';

/**
 * Makes everything created in a directory writable for its group, whatever the creator's umask. Only for a directory
 * whose parent nobody but hived can write. False when the host has no `setfacl` or its file system no ACLs; the umask
 * of boxes (002) then has the same effect for all programs that do not change it.
 */
export async function setDefaultAcl(dir: string): Promise<boolean> {
  const { code } = await runProgram({
    argv: ['setfacl', '--default', '--modify', 'u::rwx,g::rwx,o::---', '--', dir],
    env: { PATH: '/usr/sbin:/usr/bin:/sbin:/bin', LC_ALL: 'C' },
  });
  return code === 0;
}
