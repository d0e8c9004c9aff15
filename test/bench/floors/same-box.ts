import type Docker from 'dockerode';

/**
 * Milliseconds that the engine itself needs to create and start a box: the same image, mounts, limits and seccomp
 * profile as the given one, but with a node that does nothing, and without the hive's labels.
 */
export async function timeSameBox(docker: Docker, id: string): Promise<number> {
  const { Config, HostConfig } = await docker.getContainer(id).inspect();
  const node = Config.Entrypoint?.[0];
  if (node === undefined) throw new Error('the box has no entry point');
  const from = performance.now();
  const made = await docker.createContainer({
    ...Config,
    name: `hive-bench-${process.pid}-${id.slice(0, 12)}`,
    Labels: {},
    Entrypoint: [node, '-e', 'setInterval(() => {}, 1_000)'],
    HostConfig,
  });
  try {
    await made.start();
    return performance.now() - from;
  } finally {
    await made.remove({ force: true });
  }
}
