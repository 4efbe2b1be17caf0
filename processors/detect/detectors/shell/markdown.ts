/** Markdown, in which people write about commands. */

/** A block of code between fences: its author shows it, and no shell reads fences. */
export function isFenced(text: string): boolean {
  return text.includes('```') && /(?:^|\n)[ >]{0,6}```[^`\n]{0,32}\r?\n/.test(text)
}

/** A row of a table. */
export function isTable(text: string): boolean {
  return text.includes('|') && /(?:^|\n)\s{0,4}\|[^\n|]{0,200}\|[^\n|]{0,200}\|/.test(text)
}

/** Three pipes or more: names that are listed, or what an expression chooses from. */
export function isListing(text: string): boolean {
  let pipes = 0
  for (let at = text.indexOf('|'); at >= 0 && pipes < 3; at = text.indexOf('|', at + 1)) pipes++
  return pipes > 2
}
