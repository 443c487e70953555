import { isIP } from 'node:net';

export interface Cidr {
  readonly address: string;
  readonly family: 'ipv4' | 'ipv6';
  readonly prefixBits: number;
}

export const cidrExpected = 'an address or a range, as 192.0.2.7, 198.51.100.0/24 or 2001:db8::/32';

/** An address alone is a range of one. Undefined when it is neither. */
export function parseCidr(text: string): Cidr | undefined {
  const [, address = '', digits] = /^([0-9a-fA-F.:]+)(?:\/(\d{1,3}))?$/.exec(text) ?? [];
  const version = isIP(address);
  if (version === 0) return undefined;
  const allBits = version === 4 ? 32 : 128;
  const prefixBits = digits === undefined ? allBits : Number(digits);
  if (prefixBits > allBits) return undefined;
  return { address, family: version === 4 ? 'ipv4' : 'ipv6', prefixBits };
}
