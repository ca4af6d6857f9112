/** Reading Markdown: links, anchors, quotations, tables. */
import { basename, dirname, join } from 'node:path'
import { exists, filesIn, readFile, type File } from './source.ts'

export const pages: readonly File[] = [
  ...['README.md', 'CONTRIBUTING.md', 'CHANGELOG.md'].map(readFile),
  ...['docs', 'packages', 'examples'].flatMap((place) => filesIn(place, /\.md$/)),
]

export function page(name: string): File {
  return readFile(name.includes('/') || name === 'README.md' ? name : `docs/${name}`)
}

/** Links to other files and to headings that lead nowhere. */
export function brokenLinks({ path, text }: File): string[] {
  return [...withoutCode(text).matchAll(/\]\(([^)\s]+)\)/g)].flatMap(([, link = '']) => {
    if (/^[a-z]+:/.test(link)) return []
    const [target = '', anchor] = link.split('#')
    const file = target === '' ? path : join(dirname(path), target)
    if (!exists(file)) return [`${path}: ${link}: there is no ${file}`]
    if (anchor === undefined || anchors(readFile(file)).includes(anchor)) return []
    return [`${path}: ${link}: ${basename(file)} has no such heading`]
  })
}

function anchors({ text }: File): string[] {
  return [...withoutCode(text).matchAll(/^#+ (.+)$/gm)].map(([, heading = '']) => {
    return heading
      .toLowerCase()
      .replace(/[^\p{L}\p{N}\s_-]/gu, '')
      .replaceAll(' ', '-')
  })
}

function withoutCode(text: string): string {
  return text.replace(/^( *)```[^]*?^\1```/gm, '')
}

/** The cells of each row of each table, without the rows of names. */
export function rows({ text }: File): string[][] {
  return [...text.matchAll(/^\| (?!---)(.*) \|$/gm)].map(([, row = '']) =>
    row.split(/(?<!\\)\|/).map((cell) => cell.trim()),
  )
}

/** The text of the first code span. */
export function codeIn(cell: string | undefined): string | undefined {
  return /`([^`]+)`/.exec(cell ?? '')?.[1]
}
