import type { Commands } from './run-command.ts'

/** Each is loaded when it is wanted. In the order of the help. */
export const COMMANDS: Commands = {
  status: async () => (await import('./commands/status.ts')).status,
  top: async () => (await import('./commands/top.ts')).top,
  doctor: async () => (await import('./commands/doctor.ts')).doctor,
  tail: async () => (await import('./commands/tail.ts')).tail,
  query: async () => (await import('./commands/query.ts')).query,
  timeline: async () => (await import('./commands/timeline.ts')).timeline,
  serve: async () => (await import('./commands/serve.ts')).serve,
  metrics: async () => (await import('./commands/metrics.ts')).metrics,
  level: async () => (await import('./commands/control/level.ts')).level,
  recover: async () => (await import('./commands/control/recover.ts')).recover,
  rotate: async () => (await import('./commands/control/rotate.ts')).rotate,
  reopen: async () => (await import('./commands/control/reopen.ts')).reopen,
  stop: async () => (await import('./commands/control/stop.ts')).stop,
  ship: async () => (await import('./ship/ship.ts')).ship,
  listen: async () => (await import('./commands/control/listen.ts')).listen,
}
