/** Parts of the listener for this repository's own tests and benchmarks. No other package may depend on them. */
export { contend } from './election/election.ts'
export { createRenderer, type Renderer, type RendererOptions } from './format/renderer.ts'
export { nodeFileSystem, type AppendFile, type FileSystem } from './journal/filesystem.ts'
export { type SinkContext } from './sinks/sink.ts'
export { Sinks } from './sinks/sinks.ts'
