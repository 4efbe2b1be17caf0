/** What the HTTP stage thinks that a connection speaks, in words; from its state, which is plain data. */
import type { Chain } from '#infra/runtime/chain.ts'
import type { TrackedSnapshot } from '#processors/http/tracked.ts'

/** Null when it knows no connection of this key. */
export function speaks(chain: Chain, key: number): string | null {
  const stage = chain.stages.find(({ name }) => name === 'http')
  const cell = stage?.state.get(key)
  if (stage?.processor.snapshot === undefined || cell === undefined) return null
  const { conversation } = stage.processor.snapshot(cell.value) as TrackedSnapshot
  if (conversation.protocol !== null) return `speaks ${conversation.protocol}`
  if (conversation.fate !== null) return `no protocol claims this connection: its bytes are ${conversation.fate}`
  return 'undecided what it speaks: too little was seen'
}
