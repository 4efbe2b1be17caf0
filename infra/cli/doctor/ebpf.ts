/** Can the eBPF producer work here, and which processes will it not see into? */
import { AgentProcess } from '#producers/ebpf/agent-process.ts'
import { Agents } from '#producers/ebpf/agents.ts'
import { AGENT, isBuilt } from '#producers/ebpf/command.ts'
import { judge, readMachine } from '#producers/ebpf/requirements.ts'
import { lookAtProcesses, type Seen } from '#producers/ebpf/unseen/processes.ts'
import { Refused } from '#schemas/contracts/errors.ts'
import { printable } from '../printable.ts'
import { type Diagnosis, fail, ok, warn } from './check.ts'

export async function diagnoseEbpf(): Promise<readonly Diagnosis[]> {
  const findings = judge(await readMachine())
  const machine = findings.map(({ what, verdict, says }): Diagnosis => ({ check: what, verdict, says }))
  return [...machine, await checkAgent(AGENT), ...checkProcesses(lookAtProcesses())]
}

/** Lets the agent load its programs, and ends it. */
export async function checkAgent(program: string): Promise<Diagnosis> {
  const check = 'agent'
  if (!isBuilt({ program, args: [] })) return fail(check, 'it is not built: npm run setup -- ebpf')
  const start = (): AgentProcess => new AgentProcess({ program, args: ['--check'] })
  await using agents = new Agents({ start, now: () => Date.now(), sleep: async () => {} }, () => {})
  try {
    await agents.start()
  } catch (error) {
    if (!(error instanceof Refused)) throw error
    return fail(check, printable(error.message))
  }
  const { agent, kernel, probes, capabilities } = agents.hello!
  const means = capabilities.length === 0 ? '' : `, with ${capabilities.join(', ')}`
  return ok(check, `version ${agent} on kernel ${kernel}: ${probes.join(', ')}${means}`)
}

/** One line for each that cannot be seen. */
export function checkProcesses({ seen, hidden }: ReturnType<typeof lookAtProcesses>): readonly Diagnosis[] {
  const unseen = seen.filter(({ tls }) => tls !== null && tls.unseen !== null)
  const tls = seen.filter(({ tls }) => tls !== null).length - unseen.length
  const summary = `${seen.length} with TCP sockets: of ${tls} the TLS is seen, of ${unseen.length} it is not`
  return [
    ok('processes', summary),
    ...(hidden === 0
      ? []
      : [warn('processes', `${hidden} may not be looked into: run as root, or with CAP_SYS_PTRACE`)]),
    ...unseen.map(one => warn('unseen', lineOf(one))),
  ]
}

function lineOf({ pid, name, executable, tls }: Seen): string {
  return `process ${pid} (${printable(name)}, ${printable(executable)}): ${tls!.library}: ${tls!.unseen}`
}
