/** Troubles in words: what has failed, and what can be done about it, the same for each client. */
import { FunnelError, isRecord, systemCode } from '@pino-funnel/channel'
import { inspect } from 'node:util'
import { LaterError, type ConflictError } from './engine.ts'

const REFUSES = 'Nothing listens there: start the server, or correct its address in the options'
const UNTRUSTED =
  'Its certificate is not trusted here: name the file of its authority in the environment of the shipper, NODE_EXTRA_CA_CERTS=/etc/ssl/own-ca.pem'
const ONE_SIDE_TLS =
  "One side speaks TLS and the other one does not: check the option 'tls', or the protocol of the address"

/** By the code of the system, or of TLS. */
const BY_CODE: Readonly<Record<string, string>> = {
  ECONNREFUSED: REFUSES,
  ENOTFOUND: 'That name is not known here: correct it in the options, or in DNS',
  EAI_AGAIN: 'That name could not be looked up: check whether DNS works on this machine',
  ETIMEDOUT: "The server gives no answer: check whether it hangs, the network between, and the option 'tls'",
  EHOSTUNREACH: 'There is no way to that address: check the network of this machine',
  ENETUNREACH: 'There is no way to that address: check the network of this machine',
  DEPTH_ZERO_SELF_SIGNED_CERT: UNTRUSTED,
  SELF_SIGNED_CERT_IN_CHAIN: UNTRUSTED,
  UNABLE_TO_GET_ISSUER_CERT: UNTRUSTED,
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: UNTRUSTED,
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: UNTRUSTED,
  CERT_HAS_EXPIRED: 'Renew the certificate of the server',
  ERR_TLS_CERT_ALTNAME_INVALID: 'Its certificate is for another name: use one of its names in the options',
  EPROTO: ONE_SIDE_TLS,
  ERR_SSL_WRONG_VERSION_NUMBER: ONE_SIDE_TLS,
  ERR_SSL_PACKET_LENGTH_TOO_LONG: ONE_SIDE_TLS,
}

/** By what servers answer. */
const BY_TEXT: readonly (readonly [RegExp, string])[] = [
  [
    /authorization violation|authentication (?:failed|expired)|WRONGPASS|NOAUTH/i,
    'Check the options for credentials, and whether the secret is the current one',
  ],
  [/unable to parse credentials/, "The option 'credentials' must name a file as 'nsc generate creds' writes it"],
  [/NOPERM|permissions violation/i, 'Give the user the rights that docs/ship.md names'],
]

const CLOSED = 'the server closed the connection'

/** What a client has thrown, as an error that says what can be done. One of this package says it already. */
export function withCure(reason: unknown): Error {
  const text = textOf(reason)
  const isOurs = reason instanceof FunnelError || reason instanceof LaterError
  const cure = isOurs ? undefined : cureOf(reason, text)
  if (reason instanceof Error && reason.message === text && cure === undefined) return reason
  return new Error(cure === undefined ? text : `${withoutStop(text)}. ${cure}`, { cause: reason })
}

/** An error of a connection that could not be made, or has ended: it says where to. */
export function noConnection(servers: readonly string[], reason: unknown): Error {
  return new Error(`No connection to ${servers.join(' or ')}: ${textOf(reason)}`, { cause: reason })
}

/** A host with several addresses gives an error without a message, which has one for each. */
export function textOf(reason: unknown): string {
  if (reason === undefined || reason === null) return CLOSED
  if (!(reason instanceof Error)) return typeof reason === 'string' ? reason : inspect(reason)
  // The client of NATS says so of a server that hangs up before it has said anything.
  if (reason.message.includes('provided an undefined error')) return CLOSED
  if (reason.message !== '') return reason.message
  if (reason instanceof AggregateError) return [...new Set(reason.errors.map((each) => textOf(each)))].join(', ')
  return String(reason)
}

function cureOf(reason: unknown, text: string): string | undefined {
  const [known] = codesOf(reason).flatMap((code) => (Object.hasOwn(BY_CODE, code) ? [BY_CODE[code]] : []))
  return known ?? BY_TEXT.find(([pattern]) => pattern.test(text))?.[1]
}

/** Of an error and its causes, the outer ones first. */
function codesOf(reason: unknown): string[] {
  if (!isRecord(reason)) return []
  const code = systemCode(reason)
  return [...(code === undefined ? [] : [code]), ...codesOf(reason['cause'])]
}

function withoutStop(text: string): string {
  return text.replace(/\.$/, '')
}

/** @param times - in a row, with nothing stored in between */
export function endlessConflict(conflict: ConflictError, times: number): Error {
  return new Error(
    `${conflict.message}, ${times} times in a row although the engine was asked before: something else writes to the place of this log. Give each log a subject, key or id of its own`,
    { cause: conflict },
  )
}
