import { BlockList, isIP } from 'node:net';

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

/** Whether an address, without port and brackets, is in one of these ranges. IPv4 also when it is written as IPv6. */
export function cidrMatcher(ranges: readonly string[]): (address: string) => boolean {
  const list = new BlockList();
  for (const { address, prefixBits, family } of ranges
    .map(parseCidr)
    .filter((one) => one !== undefined))
    list.addSubnet(address, prefixBits, family);
  return (address) => {
    const version = isIP(address);
    return version !== 0 && list.check(address, version === 4 ? 'ipv4' : 'ipv6');
  };
}

export const isAddress = (text: string) => isIP(text) !== 0;
