import { ATTACH_COMMAND, ATTACH_SOCKET } from '../../../../protocol/attach-places.ts';
import { BOX_PATHS, boxHarnessDir } from '../../../../protocol/box-paths.ts';
import type { AgentName } from '../../../../protocol/names.ts';
import type { TerminalKind } from '../../../../protocol/schemas/terminal.ts';

/** A shell that reads the user's own files, as a login on a terminal does. */
const SHELL = ['/bin/sh', '-c', '[ -x /bin/bash ] && exec /bin/bash -i; exec /bin/sh -i'];

/** A harness without this socket is of an older build, whose bundle would not be a terminal but a second harness. */
const ATTACH = `
if [ -S "$1" ]; then shift; exec "$@"; fi
echo "This box is of an older build. Rebuild it: hivectl rebuild $HIVE_AGENT"
exit 69`;

/** The program of a terminal. */
export function programOf(kind: TerminalKind, agent: AgentName): string[] {
  if (kind === 'shell') return SHELL;
  const node = `${BOX_PATHS.toolchain}/node/bin/node`;
  const harness = `${BOX_PATHS.toolchain}/harness/harness.mjs`;
  const socket = `${boxHarnessDir(agent)}/${ATTACH_SOCKET}`;
  return ['/bin/sh', '-c', ATTACH, 'attach', socket, node, '--no-warnings', harness, ATTACH_COMMAND];
}
