/**
 * All doors of the package. They are built into one file, `dist/index.js`: a process has one copy of the state, and
 * loads no file more for a second door. The doors differ in their types alone.
 */
export * from './captured.ts'
export * from './index.ts'
export * from './internal.ts'
