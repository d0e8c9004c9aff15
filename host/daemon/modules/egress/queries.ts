export { deleteInjectionsOfSecret } from './store/injections.ts';
