/** The byte that ends a line, in a segment and on the control socket. */
export const NEWLINE = 0x0a
