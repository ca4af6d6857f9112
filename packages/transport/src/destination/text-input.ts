/**
 * Text and bytes as they come into a destination, cut into lines.
 *
 * They are two texts: bytes come from what is piped into the destination, in chunks that end anywhere, while pino writes
 * its records beside them as strings. Neither must get into a line of the other.
 */
import { StringDecoder } from 'node:string_decoder'
import { types } from 'node:util'
import { LineCutter } from './line-cutter.ts'

export class TextInput {
  readonly #text = new LineCutter()
  readonly #bytes = new LineCutter()
  #decoder: StringDecoder | undefined

  /** Whether a string has begun a line. */
  get hasBegunText(): boolean {
    return this.#text.hasBegun
  }

  get hasBegun(): boolean {
    return this.#text.hasBegun || this.#bytes.hasBegun
  }

  /**
   * @param encoding - of a string, as for a Writable
   * @returns whole lines, `''` when the data has ended none; `undefined` when it is neither text nor bytes
   */
  take(data: unknown, encoding: unknown): string | undefined {
    if (typeof data === 'string') {
      if (isOther(encoding)) return this.#takeBytes(Buffer.from(data, encoding))
      // A record beside text that has begun, as when the destination stands for process.stdout, stays a record.
      const before = isRecord(data) && !this.#text.hasBegunObject ? this.#text.rest() : ''
      return before + this.#text.cut(data)
    }
    return types.isUint8Array(data) ? this.#takeBytes(data) : undefined
  }

  /** A character may be cut between two chunks. */
  #takeBytes(bytes: Uint8Array): string {
    this.#decoder ??= new StringDecoder('utf8')
    return this.#bytes.cut(this.#decoder.write(bytes))
  }

  /** @returns what has begun a line, as a line; `''` when nothing has */
  rest(kind: 'text' | 'all'): string {
    if (kind === 'text') return this.#text.rest()
    const end = this.#decoder?.end() ?? ''
    return this.#text.rest() + this.#bytes.cut(end) + this.#bytes.rest()
  }
}

/** As pino writes them. */
function isRecord(data: string): boolean {
  return data.startsWith('{"') && data.endsWith('}\n')
}

function isOther(encoding: unknown): encoding is BufferEncoding {
  return typeof encoding === 'string' && Buffer.isEncoding(encoding) && !/^utf-?8$/i.test(encoding)
}
