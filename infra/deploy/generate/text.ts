/** Pieces of YAML put together as text, so that what users read keeps its comments. */

/** Every line but empty ones, `by` spaces further in. */
export function indent(text: string, by: number): string {
  return text.replace(/^(?=.)/gm, ' '.repeat(by))
}

/** A block scalar (`|`) below a key that stands `by` spaces in. */
export function block(text: string, by: number): string {
  return `|\n${indent(text.trimEnd(), by + 2)}\n`
}

/** The first lines of a file that nobody should change by hand. */
export function made(from: string): string {
  return `# Made by infra/deploy/generate.ts from ${from}.\n`
}
