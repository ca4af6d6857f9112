export type { Batch, Engine, LogIdentity, Stored } from './engine/engine.ts'
