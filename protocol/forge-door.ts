/** Where the dashboard serves the forge to programs with tokens: git, and Gitea's API below it. */
export const FORGE_PREFIX = '/git';

/** The header in which the dashboard tells the forge how it was addressed, with FORGE_PREFIX: for links in answers. */
export const FORGE_BASE_HEADER = 'x-hive-forge-base';

/** Where the dashboard's page shows repositories and pull requests to people. */
export const FORGE_PAGES = '/forge';
