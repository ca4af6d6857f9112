/** Secrets are named, never written down: options lie in files that others may read. */
import { FunnelError, isRecord, systemCode } from '@pino-funnel/channel'
import { readFileSync } from 'node:fs'
import { resolve } from 'node:path'

/** Where a secret is: in a variable of the shipper's environment, or in a file. Read at each connection. */
export type Secret = { readonly env: string } | { readonly file: string }

/**
 * @param name - of the option, for the error
 * @throws FunnelError `FUNNEL_OPTION_INVALID` for a literal secret
 */
export function parseSecret(value: unknown, name: string): Secret | undefined {
  if (value === undefined) return undefined
  if (isRecord(value)) {
    const { env, file } = value
    if (typeof env === 'string' && env !== '' && file === undefined) return { env }
    if (typeof file === 'string' && file !== '' && env === undefined) return { file }
  }
  throw new FunnelError(
    'FUNNEL_OPTION_INVALID',
    `Option '${name}' must name the place of a secret, { env: 'NAME' } or { file: '/run/secrets/name' }; got ${kindOf(value)}.`,
  )
}

/** Never shows a value: it may be the secret. */
function kindOf(value: unknown): string {
  if (typeof value === 'string') return 'the secret itself, or another text'
  if (!isRecord(value)) return value === null ? 'null' : Array.isArray(value) ? 'an array' : `a ${typeof value}`
  if ('env' in value && 'file' in value) return "both 'env' and 'file'"
  return 'an object with neither, or with an empty one'
}

/** @throws FunnelError `FUNNEL_SHIP_UNUSABLE` when it is not there, or has several lines: clients may show what they refuse */
export function readSecret(secret: Secret): string {
  const value = readSecretLines(secret)
  if (!/[\0\r\n]/.test(value)) return value
  const place = 'file' in secret ? `file ${resolve(secret.file)}` : `variable ${secret.env}`
  throw unusable(`The secret in the ${place} has several lines. Write it as one line.`)
}

/** The same for one that may have several lines. @throws FunnelError `FUNNEL_SHIP_UNUSABLE` when it is not there */
export function readSecretLines(secret: Secret): string {
  if ('file' in secret) return readSecretFile(secret.file)
  const value = process.env[secret.env]?.trimEnd() ?? ''
  if (value !== '') return value
  throw unusable(
    `The variable ${secret.env} is not in the environment of the shipper, which needs it to connect. Set it there, or use { file: … }.`,
  )
}

function readSecretFile(path: string): string {
  let text: string
  try {
    text = readFileSync(path, 'utf8').trimEnd()
  } catch (cause) {
    throw unusable(
      `The file ${resolve(path)} with a secret can't be read: ${systemCode(cause) ?? String(cause)}. Make it readable for the user of the shipper (uid ${process.getuid?.() ?? 'unknown'}), or correct its path.`,
      cause,
    )
  }
  if (text !== '') return text
  throw unusable(`The file ${resolve(path)} with a secret is empty. Write the secret into it.`)
}

function unusable(message: string, cause?: unknown): FunnelError {
  return new FunnelError('FUNNEL_SHIP_UNUSABLE', message, { cause })
}

/**
 * @param pair - of a user and the place of a password
 * @throws FunnelError `FUNNEL_OPTION_INVALID` when one of them is missing: it would be left out without a word
 */
export function requireBoth(pair: readonly [user: unknown, password: unknown], names: readonly [string, string]): void {
  if ((pair[0] === undefined) === (pair[1] === undefined)) return
  throw new FunnelError(
    'FUNNEL_OPTION_INVALID',
    `Options '${names[0]}' and '${names[1]}' must both be there; got one of them.`,
  )
}
