import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { chmodSync, existsSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, test } from 'node:test'

let folder = ''
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'tapwire-maven-'))
})
afterEach(() => rmSync(folder, { recursive: true }))

/** `fetchJars` in a process whose only Maven is this shell script, which knows its target folder as $out. */
function fetchWith(maven: string): { readonly jars: readonly string[] | null; readonly said: string } {
  put('java', 'exit 0')
  put('mvn', `for word in "$@"; do case $word in -DoutputDirectory=*) out=\${word#*=};; esac; done\n${maven}`)
  const target = join(folder, 'kafka/1.0')
  const code = `import { fetchJars } from '${new URL('./maven.ts', import.meta.url)}'
    await fetchJars('${target}', [{ group: 'g', name: 'n', version: '1.0', without: ['a:b'] }])`
  const { stderr } = spawnSync(process.execPath, ['--input-type=module', '-e', code], {
    encoding: 'utf8',
    env: { PATH: `${folder}:/usr/bin:/bin` },
  })
  return { jars: existsSync(target) ? readdirSync(target) : null, said: stderr }
}

function put(name: string, script: string): void {
  writeFileSync(join(folder, name), `#!/bin/sh\n${script}\n`)
  chmodSync(join(folder, name), 0o755)
}

test('the jars appear together with the last of them', () => {
  const { jars, said } = fetchWith('echo 1 > $out/a.jar; echo 2 > $out/b.jar')
  assert.deepEqual(jars, ['a.jar', 'b.jar', 'pom.xml'], said)
})

test('a download that failed or was cut off leaves nothing that counts, and its reason', () => {
  const failed = fetchWith('echo 1 > $out/a.jar; echo "[ERROR] no network"; echo "[ERROR] more"; exit 1')
  assert.equal(failed.jars, null)
  assert.match(failed.said, /Maven could not fetch it: no network\n/)
  assert.equal(fetchWith('echo 1 > $out/half.jar; kill -9 $PPID').jars, null)
  assert.deepEqual(fetchWith('echo 1 > $out/a.jar').jars, ['a.jar', 'pom.xml'])
})
