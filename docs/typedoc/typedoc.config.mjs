// The documentation's site: the pages and the API reference, in docs/api. What is exported and not documented is an
// error, and so is a link that leads nowhere.
import { readdirSync } from 'node:fs'
import { Converter, KindRouter, ReflectionKind } from 'typedoc'

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

/**
 * Each page is called what its first heading says, and lies where its file does: docs/cli.md is docs/cli.html.
 *
 * @param {import('typedoc').Application} app
 */
function namePages(app) {
  /** @type {Map<import('typedoc').Reflection, string>} */
  const files = new Map()
  app.converter.on(Converter.EVENT_CREATE_DOCUMENT, (_, page) => {
    files.set(page, page.name)
    const first = page.content[0]
    const heading = first?.kind === 'text' ? /^\s*# (.+)/.exec(first.text)?.[1] : undefined
    if (heading !== undefined) page.name = heading.replaceAll('`', '')
  })
  class PageRouter extends KindRouter {
    /** @override @param {import('typedoc').Reflection} page */
    getIdealBaseName(page) {
      return files.get(page) ?? super.getIdealBaseName(page)
    }
  }
  app.renderer.defineRouter('pages', PageRouter)
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
  readme: '../../README.md',
  projectDocuments: [
    '../*.md',
    '../../bench/README.md',
    '../../{SUPPORT,SECURITY,CHANGELOG,CONTRIBUTING}.md',
  ],
  highlightLanguages: [
    ...['bash', 'console', 'diff', 'hcl', 'ini', 'json', 'javascript', 'sql', 'tsx', 'typescript', 'yaml'],
  ],
  ignoredHighlightLanguages: ['mermaid', 'text'],
  navigationLinks: { GitHub: 'https://github.com/rds-iam/rds-iam' },
  plugin: [nameEntries, namePages],
  router: 'pages',
  packagesRequiringDocumentation: readdirSync(new URL('../../packages', import.meta.url)).map(
    (name) => `@rds-iam/${name}`,
  ),
  skipErrorChecking: true, // `npm run types` checks
  disableSources: true, // links to them would need a remote, which a fresh copy may lack
  excludeExternals: true,
  excludePrivate: true,
  validation: { notDocumented: true, notExported: true, invalidLink: true },
  treatWarningsAsErrors: true,
  treatValidationWarningsAsErrors: true,
}
