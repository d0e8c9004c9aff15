import { fileURLToPath } from 'node:url';
import react from '@vitejs/plugin-react';
import { defineConfig } from 'vite';
import { declareOperations } from './declare-operations.ts';

/** Builds the page. Everything it needs is in the build: the policy it is served with allows no other host. */
export default defineConfig({
  root: fileURLToPath(new URL('.', import.meta.url)),
  plugins: [react(), declareOperations()],
  build: {
    outDir: fileURLToPath(new URL('../../../dist/web', import.meta.url)),
    emptyOutDir: true,
    // Browsers that know light-dark(), which older ones would get a rewritten form of that needs more than it says.
    target: ['chrome123', 'edge123', 'firefox120', 'safari17.5'],
    // Inlined assets would be data: URLs, which the policy allows for images only.
    assetsInlineLimit: 0,
    chunkSizeWarningLimit: 1_000,
  },
});
