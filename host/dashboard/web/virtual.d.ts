// An ambient module declaration can only use inline type imports.
/* oxlint-disable typescript/consistent-type-imports */
declare module 'virtual:operations' {
  /** Derived from the declarations by declare-operations.ts at build time. */
  export const OPERATIONS: Readonly<
    Record<keyof import('../browser-operations.ts').BrowserOperations, import('./declare-operations.ts').PageOperation>
  >;
}
