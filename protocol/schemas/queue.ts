/** `batch`: the first test of entries. `search`: a test that looks for the one that broke a failed batch. */
const RUN_PURPOSES = ['batch', 'search'] as const;
export type RunPurpose = (typeof RUN_PURPOSES)[number];
