/** The program of all commands. */
import { COMMANDS } from './all-commands.ts'
import { runCommand } from './run-command.ts'

void runCommand(COMMANDS)
