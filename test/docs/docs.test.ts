import { destination, FunnelError } from 'pino-funnel'
import { readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { ROOMS } from '../../scripts/rooms.mjs'
import { npmReadme, npmReadmeFile } from '../../scripts/readme.mjs'
import { facts, type Fact } from './facts.ts'
import { brokenLinks, codeIn, page, pages, rows } from './markdown.ts'
import { filesIn, isProduced, readFile, sourceFile } from './source.ts'

describe('docs', () => {
  test('should have links that lead somewhere', () => {
    expect(pages.flatMap(brokenLinks)).toEqual([])
  })

  test('should be the same on the npm page', () => {
    expect(readFileSync(npmReadmeFile, 'utf8'), 'run: node scripts/readme.mjs').toBe(npmReadme())
  })

  test('should have the times and sizes of the code', () => {
    expect(facts.flatMap(mistakeIn)).toEqual([])
  })

  test('should quote messages that the code has', () => {
    expect(pages.flatMap(({ text }) => messagesIn(text)).filter((message) => !isProduced(message))).toEqual([])
  })
})

describe('docs/errors.md', () => {
  const sections = page('errors.md').text.split(/^### /m).slice(1)
  const codes = sourceFile('errors.ts').text.matchAll(/^ {2}(FUNNEL_\w+): \{ retry: (\w+) \}/gm)

  test('should have each code, and whether a retry can help', () => {
    const documented = sections.map((section) => [
      /^\w+/.exec(section)?.[0],
      /^- Retry can help: (yes|no)$/m.exec(section)?.[1],
    ])
    const known = [...codes].map(([, code, retry]) => [code, retry === 'true' ? 'yes' : 'no'])
    expect(Object.fromEntries(documented)).toEqual(Object.fromEntries(known))
  })

  test('should have an example of each message', () => {
    const examples = sections.map((section) => /^> (.+)$/m.exec(section)?.[1] ?? `none in ${section.slice(0, 40)}`)
    expect(examples.filter((example) => !isProduced(example))).toEqual([])
  })
})

describe('docs/options.md', () => {
  const table = rows(page('options.md'))
  const named = (filter: (name: string) => boolean): string[] => {
    return table.map(([cell]) => codeIn(cell) ?? '').filter(filter)
  }
  const sinkFields = ['target', 'options', 'level', 'stdout', 'maxQueueBytes', 'hangTimeout']

  test('should have the options that are checked', () => {
    const known = namesIn({ unknown: 1 }).filter((name) => name !== 'limit')
    const limits = namesIn({ limit: { unknown: 1 } }).map((name) => `limit.${name}`)
    const documented = named((name) => name !== '' && !sinkFields.includes(name))
    expect(documented.toSorted()).toEqual([...known, ...limits].toSorted())
  })

  test('should have the fields of a sink that are checked', () => {
    expect(named((name) => sinkFields.includes(name))).toEqual(
      namesIn({ sinks: [{ target: 'pino/file', unknown: 1 }] }),
    )
  })

  test('should have the defaults of the TSDoc', () => {
    const documented = new Map(table.map(([name, , value]) => [codeIn(name) ?? '', codeIn(value)]))
    const differing = [...defaults()].filter(([name, value]) => documented.get(name) !== value)
    expect(differing.map(([name, value]) => `${name}: ${value} in the TSDoc, ${documented.get(name)} here`)).toEqual([])
  })
})

describe('commands', () => {
  test.each(['README.md', 'packages/cli/README.md'])('should be those of the command line in %s', (name) => {
    const commands = filesIn('packages/cli/src', /^(?!.*\.test\.).*\.ts$/).flatMap(({ text }) => {
      const summary = /summary: '(.+)'/.exec(text)?.[1]
      const usage = /Usage: pino-funnel (\w[^<]*?(?: <(?:seconds|file)>\]?)?) </.exec(text)?.[1]
      return summary === undefined || usage === undefined ? [] : [[usage, summary]]
    })
    const documented = rows(page(name)).flatMap(([cell = '', text = '']) => {
      return commands.some(([usage = '']) => cell.startsWith(`\`${/^\w+/.exec(usage)?.[0]}`))
        ? [[codeIn(cell), text]]
        : []
    })
    expect(commands).toHaveLength(15)
    expect(Object.fromEntries(documented)).toEqual(Object.fromEntries(commands))
  })
})

describe('npx', () => {
  const texts = [
    ...pages,
    ...filesIn('examples', /\.(?:[cm]?[jt]s|json|ya?ml)$/),
    ...filesIn('packages', /\.[cm]?[jt]s$/),
  ]

  test("should never be called where it could fetch a stranger's package", () => {
    const calls = texts.flatMap(({ path, text }) => {
      return [...text.matchAll(/\bnpx +(?!--no(?:-install)?\b)\S+.*/g)].map(([call]) => `${path}: ${call}`)
    })
    expect(calls).toEqual([])
  })
})

describe('docs/architecture.md', () => {
  const sections = page('architecture.md').text.split(/^### /m)

  test.each(Object.entries(ROOMS))('should have the rooms of %s in their order', (name, rooms) => {
    const section = sections.find((each) => each.startsWith(`packages/${name}/src`)) ?? ''
    expect(namesOfRows(section.split('\n## ')[0] ?? '')).toEqual(rooms.filter((room) => room !== '.'))
  })

  test.each(['channel', 'observe', 'ship'])('should have the rooms of %s as its README has them', (name) => {
    const rooms = ROOMS[name] ?? []
    expect(namesOfRows(page(`packages/${name}/README.md`).text)).toEqual(rooms.filter((room) => room !== '.'))
  })
})

describe('npm scripts', () => {
  test('should exist when docs name them', () => {
    const { scripts } = JSON.parse(readFile('package.json').text) as { scripts: Record<string, string> }
    const named = pages.flatMap(({ text }) => [...text.matchAll(/`npm run ([\w:-]+)/g)].map(([, name = '']) => name))
    expect(named.filter((name) => !(name in scripts))).toEqual([])
    expect(Object.entries(scripts).filter(([name, line]) => !line.endsWith(`run.mjs ${name}`))).toEqual([])
  })
})

function namesOfRows(text: string): string[] {
  return rows({ path: '', text }).flatMap(([name]) => codeIn(name) ?? [])
}

function mistakeIn({ doc, says }: Fact): string[] {
  try {
    return page(doc).text.replace(/\s+/g, ' ').includes(says()) ? [] : [`${doc} does not say: ${says()}`]
  } catch (error) {
    return [`${doc}: ${String(error)}`]
  }
}

/** The options that the check of the options names as known when it refuses an unknown one. */
function namesIn(options: object): string[] {
  try {
    destination({ file: '/nowhere/app.log', ...options }).destroy()
  } catch (error) {
    const names =
      error instanceof FunnelError ? /(?:options are|options of a sink are|it has) ([\w, ]+)/.exec(error.message) : null
    if (names) return (names[1] ?? '').split(', ')
    throw error
  }
  throw new Error('Expected the unknown option to be refused')
}

function defaults(): Map<string, string> {
  const text = sourceFile('destination-options.ts').text + sourceFile('rotation-options.ts').text
  const blocks = text.matchAll(/@defaultValue `([^`]+)`[^]*?\*\/\s+readonly (\w+)\?/g)
  return new Map([...blocks].map(([, value = '', name = '']) => [name, value.replace(/^'(.*)'$/, "'$1'")]))
}

/** The messages in records of pino-funnel, and those after `FOUND` in the output of doctor. */
function messagesIn(text: string): string[] {
  const records = [...text.matchAll(/"name":"pino-funnel".*"msg":"([^"]+)"/g)]
  const findings = [...text.matchAll(/^FOUND.*\n +(.+)\n +cure +(.+)$/gm)]
  return [...records, ...findings].flatMap(([, ...messages]) => messages)
}
