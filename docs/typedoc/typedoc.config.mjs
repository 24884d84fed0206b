// The API reference, written to docs/api. What is exported and not documented is an error.
import { readdirSync } from 'node:fs'
import { Converter, ReflectionKind } from 'typedoc'

/**
 * Each entry is called what one imports: core/src/drivers/pg.ts is @rds-iam/core/pg.
 *
 * @param {import('typedoc').Application} app
 */
function nameEntries(app) {
  app.converter.on(Converter.EVENT_CREATE_DECLARATION, (_, module) => {
    const [, name, entry] = /^(\w+)\/src(?:\/drivers)?(?:\/(\w+))?$/.exec(module.name) ?? []
    if (module.kind === ReflectionKind.Module && name) {
      module.name = `@rds-iam/${name}${entry && entry !== 'index' ? `/${entry}` : ''}`
    }
  })
}

/** @type {Partial<import('typedoc').TypeDocOptions>} */
export default {
  name: 'rds-iam',
  entryPoints: [
    '../../packages/*/src/index.ts',
    '../../packages/core/src/drivers/{pg,mysql2,mariadb}.ts',
    '../../packages/prisma/src/{pg,mariadb}.ts',
  ],
  tsconfig: '../../packages/tsconfig.json',
  out: '../api',
  readme: 'none',
  plugin: [nameEntries],
  packagesRequiringDocumentation: readdirSync(new URL('../../packages', import.meta.url)).map(
    (name) => `@rds-iam/${name}`,
  ),
  disableSources: true, // links to them would need a remote, which a fresh copy may lack
  excludeExternals: true,
  excludePrivate: true,
  validation: { notDocumented: true, notExported: true, invalidLink: true },
  treatWarningsAsErrors: true,
  treatValidationWarningsAsErrors: true,
}
