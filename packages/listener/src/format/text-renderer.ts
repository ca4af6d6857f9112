/** Lines of text by a template. Each placeholder becomes a function, once, when the renderer is made. */
import {
  parseTemplate,
  printableText,
  recordTime,
  type LevelForm,
  type TemplatePart,
  type TextFormat,
} from '@pino-funnel/channel'
import { levelName, levelNames } from './level-names.ts'
import { printable } from './printable.ts'
import { valueAt, type LogRecord } from './record.ts'
import { TimeFormat } from './time-format.ts'

/** Makes the text for a part of the template. */
type Show = (record: LogRecord) => string

/** Makes the function that turns a record into its line, with a newline. */
export function textOf(format: TextFormat): Show {
  const parts = parseTemplate(format.template)
  const shows = parts.map((part) => showOf(part, parts, format))
  return (record) => {
    let line = ''
    for (const show of shows) line += show(record)
    return `${line}\n`
  }
}

function showOf(part: TemplatePart, parts: readonly TemplatePart[], format: TextFormat): Show {
  switch (part.kind) {
    case 'text':
      return () => part.text
    case 'time':
      return showTime(new TimeFormat(part.pattern, format.timeZone), part.otherwise)
    case 'level':
      return showLevel(part.form, format.customLevels, part.otherwise)
    case 'field':
      return showField(part.path, part.otherwise)
    case 'rest':
      return showRest(parts.flatMap(fieldsOf), part.otherwise)
  }
}

function showTime(format: TimeFormat, otherwise: string): Show {
  return ({ time }) => {
    const milliseconds = recordTime(time)
    if (!Number.isNaN(milliseconds)) return format.format(milliseconds)
    return time === undefined ? otherwise : printable(time)
  }
}

function showLevel(form: LevelForm, customLevels: Readonly<Record<string, number>>, otherwise: string): Show {
  const names = levelNames(form, customLevels)
  return ({ level }) => {
    const name = names.get(level)
    if (name !== undefined) return name
    if (typeof level === 'string') return printableText(levelName(level, form))
    return level === undefined ? otherwise : printable(level)
  }
}

function showField(path: string, otherwise: string): Show {
  const keys = path.split('.')
  return (record) => {
    const value = valueAt(record, path, keys)
    return value === undefined ? otherwise : printable(value)
  }
}

/** A field with only a part of it in the template is shown again, whole: better twice than not at all. */
function showRest(shown: readonly string[], otherwise: string): Show {
  return (record) => {
    const rest = { ...record }
    // JSON leaves out undefined fields. This is twice as fast as to copy the others one by one.
    for (const field of shown) if (Object.hasOwn(rest, field)) rest[field] = undefined
    const json = JSON.stringify(rest)
    return json === '{}' ? otherwise : printableText(json)
  }
}

/** The fields that a part of the template shows whole. */
function fieldsOf(part: TemplatePart): readonly string[] {
  switch (part.kind) {
    case 'time':
    case 'level':
      return [part.kind]
    case 'field':
      return [part.path]
    case 'text':
    case 'rest':
      return []
  }
}
