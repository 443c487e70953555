import type { Pipeline } from './pipeline.ts';

/** One line for a shell that publishes a first reading; null when no source gives an `example`. */
export function firstReadingCommand({ sources }: Pick<Pipeline, 'sources'>): string | null {
  const example = Object.values(sources).find((source) => source.example)?.example;
  if (!example) return null;
  return `npx millrace publish ${quoted(example.topic)} ${quoted(example.payload)}`;
}

/** For a POSIX shell: within single quotes nothing but a single quote is special. */
function quoted(word: string): string {
  return /^[\w/.:@-]+$/.test(word) ? word : `'${word.replaceAll("'", `'\\''`)}'`;
}
