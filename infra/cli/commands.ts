import type { Command } from './command.ts'
import { read } from './commands/read.ts'

/** In the order of the help page. */
export const COMMANDS: readonly Command[] = [read]
