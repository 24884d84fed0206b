// DefinitelyTyped has types for `pg` alone, not for an alias of it.
declare module 'pg-oldest' {
  export * from 'pg'
  export { default } from 'pg'
}
