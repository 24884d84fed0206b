// Loads the driver: the one of the project in the current folder, otherwise our own.
import { createRequire } from 'node:module'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { faultOf, StepFault } from '../step.ts'
import { BROKEN_DRIVER, DRIVERS, type Driver } from '../vocabulary.ts'

export interface Loaded<M> {
  /** The part of the module that is used. */
  readonly module: M
  /** `pg 8.23.1` */
  readonly name: string
  readonly ofProject: boolean
}

export type Pg = Pick<typeof import('pg'), 'Client'>
export type Mysql2 = Pick<typeof import('mysql2/promise'), 'createConnection'>

export async function loadPg(): Promise<Loaded<Pg>> {
  return (await ofProject<Pg>(DRIVERS.postgres)) ?? { ...own('pg'), module: (await import('pg')).default }
}

export async function loadMysql2(): Promise<Loaded<Mysql2>> {
  return (
    (await ofProject<Mysql2>(DRIVERS.mysql)) ?? {
      ...own('mysql2'),
      module: (await import('mysql2/promise')).default,
    }
  )
}

async function ofProject<M>({ name, entry }: Driver): Promise<Loaded<M> | undefined> {
  const project = createRequire(join(process.cwd(), 'package.json'))
  let path: string
  try {
    path = project.resolve(entry)
  } catch {
    return undefined // not installed there
  }
  const { default: module } = await import(pathToFileURL(path).href).catch((error: unknown) => {
    throw new StepFault(BROKEN_DRIVER, `${path}: ${faultOf(error).message}`)
  })
  return { module, name: `${name} ${versionIn(project, name)}`, ofProject: true }
}

function own(name: string): { name: string; ofProject: false } {
  return { name: `${name} ${versionIn(createRequire(import.meta.url), name)}`, ofProject: false }
}

function versionIn(require: NodeJS.Require, name: string): string {
  try {
    return require(`${name}/package.json`).version
  } catch {
    return '' // the package may not export its manifest
  }
}
