// The interface of all contenders.

/** The database, and everything that a contender may need to log in. */
export interface Target {
  readonly host: string
  readonly port: number
  readonly user: string
  readonly database: string
  readonly region: string
  /** The gate's certificate authority, PEM. */
  readonly ca: string
  /** A file with the RDS roots that AWS publishes and the gate's certificate authority: 121 certificates. */
  readonly bundle: string
  /** A token that was signed in advance. It serves as the fixed password. */
  readonly password: string
}

export interface Connection {
  query(sql: string): Promise<unknown>
  close(): Promise<unknown>
}

/** One way to log in. */
export interface Contender {
  /** Opens a connection. With an ORM, opens a pool of one and reads the first row. */
  connect(): Promise<Connection>
  /** Opens a pool. */
  pool(size: number): Connection | Promise<Connection>
}

/** Each contender's module exports this function as `enter`. */
export type Enter = (target: Target) => Contender

/** Creates the options of a driver or an ORM, once or for each connection. */
export type Make<T> = () => T | Promise<T>
