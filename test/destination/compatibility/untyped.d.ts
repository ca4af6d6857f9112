declare module 'pino-roll' {
  /** It ships no types. */
  export default function roll(
    options: object,
  ): Promise<NodeJS.EventEmitter & { write(text: string): unknown; end(): unknown }>
}
