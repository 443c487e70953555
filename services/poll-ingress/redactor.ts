const shortestSecret = 4;

/** A function that takes these texts, as they are and as an address writes them, out of a sentence. */
export function redactor(secrets: readonly string[]): (sentence: string) => string {
  const texts = secrets
    // Of a text as short as a word nobody's sentence would be left.
    .filter((secret) => secret.length >= shortestSecret)
    .flatMap((secret) => [secret, encodeURIComponent(secret)])
    .sort((a, b) => b.length - a.length);
  return (sentence) =>
    texts.reduce((text, secret) => text.replaceAll(secret, '[redacted]'), sentence);
}
