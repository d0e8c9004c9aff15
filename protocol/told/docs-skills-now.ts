/** In the directory of the docs' skills: leads to the generation in use. */
export const DOCS_SKILLS_NOW = 'now';
