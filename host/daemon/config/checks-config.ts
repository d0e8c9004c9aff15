import * as z from 'zod';

/** `checks` of config.yaml: the boxes in which the forge's checks run. */
export const checks = z
  .strictObject({
    at_once: z
      .int()
      .min(0)
      .max(16)
      .default(2)
      .describe(
        'Checks that may run at once; a second one begins only when its memory is free. 0: none runs, and required ones stay queued.',
      ),
    memory_mb: z.int().min(64).max(1_048_576).default(2_048).describe("Memory of a check's box in MiB."),
    cpus: z.number().min(0.1).max(256).default(1).describe("CPU limit of a check's box, in cores."),
    pids: z
      .int()
      .min(16)
      .max(32_768)
      .default(512)
      .describe("Maximum number of processes and threads in a check's box."),
    tmp_mb: z
      .int()
      .min(16)
      .max(1_048_576)
      .default(1_024)
      .describe("Size of /tmp in a check's box, in MiB: its files are there. It counts as memory."),
  })
  .refine(({ tmp_mb, memory_mb }) => tmp_mb < memory_mb, {
    error: 'tmp_mb must be less than memory_mb: /tmp counts as memory',
  })
  .prefault({});
