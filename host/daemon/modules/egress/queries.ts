export { type OpenApproval, openApprovals } from './store/approvals.ts';
export { deleteInjectionsOfSecret } from './store/injections.ts';
