// What every contender is asked for, and what it is given: the same of all.

/** The database, and whatever a contender may need to log in there. */
export interface Target {
  readonly host: string
  readonly port: number
  readonly user: string
  readonly database: string
  readonly region: string
  /** The certificate authority of the gate, PEM. */
  readonly ca: string
  /** A file with the RDS roots, as AWS publishes them, and the gate's certificate authority: 121 certificates. */
  readonly bundle: string
  /** A token that was signed beforehand: what the gate takes for a fixed password. */
  readonly password: string
}

export interface Connection {
  query(sql: string): Promise<unknown>
  close(): Promise<unknown>
}

/** One way to log in. */
export interface Contender {
  /** Opens a connection: through an ORM that is a pool of one, with its first row. */
  connect(): Promise<Connection>
  /** Opens a pool. */
  pool(size: number): Connection | Promise<Connection>
}

/** What the modules of the contenders export as `enter`. */
export type Enter = (target: Target) => Contender

/** Options of a driver or an ORM, made once or for each connection. */
export type Make<T> = () => T | Promise<T>
