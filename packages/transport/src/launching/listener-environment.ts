/**
 * What a listener gets of the environment of the worker that starts it: only what is named. Any worker may be the one,
 * and what belongs to the application (options for Node.js, profilers, coverage, secrets, IPC channels) would make of
 * the listener something else each time. docs/options.md, `listenerEnv`, has the list.
 */

/** For the process itself, for dates and text, and for sinks that use a network. */
const NAMED: ReadonlySet<string> = new Set(
  [
    'PATH HOME USER LOGNAME HOSTNAME TMPDIR XDG_RUNTIME_DIR',
    'LANG LANGUAGE TZ TZDIR TERM COLORTERM FORCE_COLOR NO_COLOR',
    'LD_LIBRARY_PATH DYLD_LIBRARY_PATH NODE_ENV NODE_PATH NODE_ICU_DATA',
    'NODE_EXTRA_CA_CERTS SSL_CERT_FILE SSL_CERT_DIR',
    'NODE_USE_ENV_PROXY HTTP_PROXY HTTPS_PROXY ALL_PROXY NO_PROXY http_proxy https_proxy all_proxy no_proxy',
  ].flatMap((names) => names.split(' ')),
)
/** The locale, and pino-funnel's own. */
const PREFIXES = ['LC_', 'PINO_FUNNEL_']

/** @param further - names that the option `listenerEnv` has */
export function listenerEnvironment(further: readonly string[]): NodeJS.ProcessEnv {
  const isPassedOn = (name: string): boolean => {
    return NAMED.has(name) || further.includes(name) || PREFIXES.some((prefix) => name.startsWith(prefix))
  }
  const environment: NodeJS.ProcessEnv = Object.fromEntries(
    Object.entries(process.env).filter(([name]) => isPassedOn(name)),
  )
  // Node.js passes it on to each child that has no such variable.
  environment['NODE_V8_COVERAGE'] = undefined
  // In an Electron application, execPath is the application; this variable makes it behave as Node.js.
  if (process.versions['electron'] !== undefined) environment['ELECTRON_RUN_AS_NODE'] = '1'
  return environment
}
