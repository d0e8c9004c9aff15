import { bad, type DoctorCheck, good, warn } from '../../../protocol/schemas/doctor.ts';

const GIB = 1024 ** 3;
/** With less free space a push or a transcript may fail soon. */
const LOW_DISK_BYTES = 2 * GIB;

export function judgeNode(version: string): DoctorCheck {
  return atLeast(version, [20, 19])
    ? good('node', version)
    : bad('node', version, 'Hyperhive needs Node 20.19 or newer. Install it, then run "npm start".');
}

/** git serves the forge; older versions lack features that its safety depends on. */
export function judgeGit(version: string | null): DoctorCheck {
  if (version === null) return bad('git', 'not found', 'The forge needs git. Debian: sudo apt-get install git');
  return atLeast(version, [2, 34])
    ? good('git', version)
    : warn('git', version, 'The forge was tried with git 2.34 and newer; install one if pushes fail.');
}

export function judgeEngine(engine: {
  version: string | null;
  notPermitted: boolean;
  socket: string;
  keepsBoxes: boolean | null;
}): DoctorCheck {
  const name = 'container engine';
  if (engine.notPermitted)
    return bad(name, `you may not use ${engine.socket}`, 'Type: sudo usermod -aG docker $USER && newgrp docker');
  if (engine.version === null)
    return bad(
      name,
      `nobody answers on ${engine.socket}`,
      'Start it (sudo systemctl start docker), or run "npm start", which says or does what is needed.',
    );
  if (engine.keepsBoxes === false)
    return warn(
      name,
      `Docker ${engine.version}`,
      'Boxes stop when dockerd restarts. To keep them: {"live-restore": true} in /etc/docker/daemon.json.',
    );
  return good(name, `Docker ${engine.version}`);
}

export function judgeDisk(disk: { freeBytes: number; path: string }): DoctorCheck {
  const found = `${(disk.freeBytes / GIB).toFixed(1)} GiB free for ${disk.path}`;
  return disk.freeBytes < LOW_DISK_BYTES
    ? warn('disk', found, 'Free some space before the hive has to refuse messages.')
    : good('disk', found);
}

/** Only a hive that runs as root has privileges to drop. */
export function judgeSetpriv(path: string | null): DoctorCheck {
  return path === null
    ? bad(
        'setpriv',
        'not found',
        "The hive's services give up their rights with it. Debian: sudo apt-get install util-linux",
      )
    : good('setpriv', path);
}

export function judgeSeparation(privileged: boolean): DoctorCheck {
  return privileged
    ? good('separation', 'root: every process and box gets its own user')
    : warn('separation', 'not root: services and boxes run as your user', 'Run the hive as root for full isolation.');
}

function atLeast(version: string, [major, minor]: readonly [number, number]): boolean {
  const [a = 0, b = 0] = version.split('.').map(Number);
  return a > major || (a === major && b >= minor);
}
