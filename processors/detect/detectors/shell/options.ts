/** Values that are an option of a program, one that makes it run something: for them no separator is needed. */
import type { Sighting } from './anywhere.ts'

/** Options that nothing else is called, with what is found for each in every value. */
const OPTIONS: readonly (readonly [needle: string, option: RegExp])[] = [
  ['proxycommand', /^-o\s?proxycommand[\s=]/],
  ['localcommand', /^-o\s?(?:permit)?localcommand[\s=]/],
  ['knownhostscommand', /^-o\s?knownhostscommand[\s=]/],
  ['--use-compress-program', /^--use-compress-program[\s=]/],
  ['--checkpoint-action', /^--checkpoint-action[\s=]/],
  ['--to-command', /^--to-command[\s=]/],
  ['--rsh-command', /^--rsh-command[\s=]/],
  ['--info-script', /^--(?:info|new-volume)-script[\s=]/],
  ['--new-volume-script', /^--(?:info|new-volume)-script[\s=]/],
  ['--unzip-command', /^--unzip-command[\s=]/],
  ['--upload-pack', /^--upload-pack[\s=]/],
  ['--receive-pack', /^--receive-pack[\s=]/],
  ['--open-files-in-pager', /^--open-files-in-pager[\s=]/],
  ['--use-askpass', /^--use-askpass[\s=]/],
  ['--gpu-launcher', /^--(?:gpu|renderer|utility)(?:-cmd-prefix|-launcher)[\s=]/],
  ['-cmd-prefix', /^--(?:gpu|renderer|utility)(?:-cmd-prefix|-launcher)[\s=]/],
  ['--html-gw', /^--(?:html-gw|pager|browser)=\S*(?:sh\b|\/)/],
  ['core.sshcommand', /^-c\s?core\.sshcommand=/],
  ['core.fsmonitor', /^-c\s?core\.fsmonitor=/],
  ['core.gitproxy', /^-c\s?core\.gitproxy=/],
  ['ext::', /^ext::\S/],
  ['-exec ', /^-exec\s+\S.{0,120}[;+]\s*$/],
  ['-execdir ', /^-execdir\s+\S.{0,120}[;+]\s*$/],
]

export const optionNeedles: readonly string[] = OPTIONS.map(([needle]) => needle)

/** `-oProxyCommand=id`, `--checkpoint-action=exec=sh x`: the value as a whole, or behind a quote that it closes. */
export function optionOf(text: string): Sighting | null {
  const start = /^[\s"']{0,4}/.exec(text)![0].length
  const lower = text.slice(start, start + 200).toLowerCase()
  if (!lower.startsWith('-') && !lower.startsWith('ext::')) return null
  if (!OPTIONS.some(([, option]) => option.test(lower))) return null
  const why = 'The value is an option with which a program runs the command that follows, if it becomes an argument.'
  const unless = 'Behind "--" no program takes it for an option.'
  return { rule: 'rce.option', start, end: Math.min(text.length, start + 200), why, unless }
}
