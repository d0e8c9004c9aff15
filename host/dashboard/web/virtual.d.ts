// A declaration of a module from outside cannot import its types in any other way.
/* oxlint-disable typescript/consistent-type-imports */
declare module 'virtual:operations' {
  /** Derived from the declarations by declare-operations.ts when the page is built. */
  export const OPERATIONS: Readonly<
    Record<keyof import('../browser-operations.ts').BrowserOperations, import('./declare-operations.ts').PageOperation>
  >;
}
