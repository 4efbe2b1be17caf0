/** Writes every case's capture, its configuration and the table of them all: `node test/golden/make.ts`. */
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { captureOf } from '#test/driver/packets.ts'
import { CONFIG, goldenFolder, INPUT } from './cases.ts'
import { SCENARIOS } from './scenarios/index.ts'

const README = `# Golden captures

Captures that the project made itself, a folder per case: \`input.pcap\`, what \`tapwire read --only
exchange,message,detection,anomaly --bodies input.pcap\` prints in that folder (\`expected.jsonl\`), and \`config.yaml\` where the case needs one.

The packets come from \`scenarios/\`; \`node test/golden/make.ts\` writes the captures and this page. \`golden.test.ts\` compares;
\`UPDATE=1 node --test test/golden/golden.test.ts\` accepts what is printed now: read the difference before you commit it.

| case | shows |
|---|---|
`

export function readme(): string {
  return README + SCENARIOS.map(({ name, shows }) => `| [${name}](${name}) | ${shows} |\n`).join('')
}

function make(): void {
  for (const { name, packets, config } of SCENARIOS) {
    const folder = goldenFolder(name)
    mkdirSync(folder, { recursive: true })
    writeFileSync(join(folder, INPUT), captureOf(packets()))
    if (config !== undefined) writeFileSync(join(folder, CONFIG), config)
  }
  writeFileSync(join(import.meta.dirname, 'README.md'), readme())
}

if (import.meta.main) make()
