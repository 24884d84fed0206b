// DefinitelyTyped has types only for `pg`, not for an alias.
declare module 'pg-oldest' {
  export * from 'pg'
  export { default } from 'pg'
}
