/**
 * The one process that holds the pen: election, journal, recovery, collector, log files.
 */
export { nodeFileSystem, type AppendFile, type FileSystem } from './journal/filesystem.ts'
export { Listener, runListener, type ListenerEnd, type ListenerOptions } from './listener.ts'
export { committedPositions } from './journal/committed-positions.ts'
export { describeMailbox } from './mailboxes/describe-mailbox.ts'
export { obeySignals } from './signals.ts'
export { createRenderer, type Renderer, type RendererOptions } from './format/renderer.ts'
export { Sinks } from './sinks/sinks.ts'
export { type SinkContext } from './sinks/sink.ts'
