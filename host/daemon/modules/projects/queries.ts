/** The queries of projects that other modules and the composition may use; test/house/floors.test.ts forbids the rest. */
export { findProject, listProjects } from './store/projects.ts';
