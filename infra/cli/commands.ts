import type { Command } from './command.ts'
import { config } from './commands/config.ts'
import { dead } from './commands/dead.ts'
import { doctor } from './commands/doctor.ts'
import { evidence } from './commands/evidence.ts'
import { newComponent } from './commands/new.ts'
import { read } from './commands/read.ts'
import { replay } from './commands/replay.ts'
import { rules } from './commands/rules.ts'
import { run } from './commands/run.ts'
import { start } from './commands/start.ts'
import { topics } from './commands/topics.ts'
import { verify } from './commands/verify.ts'

/** In the order of the help page. */
export const COMMANDS: readonly Command[] = [
  start,
  read,
  run,
  replay,
  evidence,
  verify,
  dead,
  rules,
  topics,
  config,
  doctor,
  newComponent,
]
