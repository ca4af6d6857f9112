import type { Fixture } from '../../kit/processes/fixture.ts'

/** Ends a program as a supervisor does. It must have begun: a signal that comes before kills it. */
export async function stopped(program: Fixture): Promise<void> {
  program.kill('SIGTERM')
  await program.succeeded()
}
