import manifest from '../package.json' with { type: 'json' };

/** Hyperhive's version, from package.json. */
export const VERSION: string = manifest.version;
