const jsonNumber = /^-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?$/;
const otherNumber = /^([+-]?)(\d*)(?:\.(\d*))?([eE][+-]?\d+)?$/;
/** A double has 309 digits before the point at most. */
const maxCharacters = 400;

/**
 * A number as people and simple machines write it -> JSON's notation: blanks around it, a plus, zeros in front, `.5`,
 * `5.`, and a decimal comma where that is declared (then a point is no part of a number). Undefined when it is none.
 */
export function toJsonNumber(text: string, decimal: '.' | ',' = '.'): string | undefined {
  if (decimal === '.' && jsonNumber.test(text)) return text;
  if (text.length > maxCharacters || (decimal === ',' && text.includes('.'))) return undefined;
  const trimmed = text.trim();
  const match = otherNumber.exec(decimal === ',' ? trimmed.replace(',', '.') : trimmed);
  if (match === null) return undefined;
  const [, sign, whole = '', fraction = '', exponent = ''] = match;
  if (whole === '' && fraction === '') return undefined;
  const digits = whole.replace(/^0+(?=\d)/, '') || '0';
  return `${sign === '-' ? '-' : ''}${digits}${fraction === '' ? '' : `.${fraction}`}${exponent}`;
}
