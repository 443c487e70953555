/** For a POSIX shell: within single quotes nothing but a single quote is special. */
export function quoted(word: string): string {
  return /^[\w/.:@-]+$/.test(word) ? word : `'${word.replaceAll("'", `'\\''`)}'`;
}
