// The cause in the project: its driver, which is to log in, can't be loaded.
import { BROKEN, DRIVERS } from '../steps/drivers.ts'
import { act, faultIn, type Rule, sh } from './cause.ts'

export const driver: Rule = (found) => {
  const fault = faultIn(found, 'login')
  if (fault?.code !== BROKEN) return undefined
  const { name, entry } = DRIVERS[found.subject.engine ?? 'postgres']
  return {
    id: 'driver',
    certainty: 'proven',
    title: `${name}, as it is installed in this project, can't be loaded`,
    because: fault.message,
    cures: [
      sh(`node --eval "require('${entry}')"`),
      act('install the packages of the project anew: npm ci, or pnpm install --force, or whatever does it'),
    ],
  }
}
