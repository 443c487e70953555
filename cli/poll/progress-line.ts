import type { WriteStream } from 'node:tty';

const linesApartMs = 1000;

/** At a terminal one line that changes; elsewhere a line a second at most. */
export function progressLine(out: Pick<WriteStream, 'write'> & { readonly isTTY?: boolean }) {
  let shownAtMs = Number.NEGATIVE_INFINITY;
  let last = '';
  return {
    show(text: string): void {
      if (text === last) return;
      last = text;
      if (out.isTTY) {
        out.write(`\r\u001b[2K${text}`);
        return;
      }
      const nowMs = performance.now();
      if (nowMs - shownAtMs < linesApartMs) return;
      shownAtMs = nowMs;
      out.write(`${text}\n`);
    },
    end(): void {
      if (out.isTTY && last !== '') out.write('\r\u001b[2K');
    },
  };
}
