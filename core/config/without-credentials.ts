/** An address as it may be printed, also one that is no URL: in the place of user and password stand three dots. */
export function withoutCredentials(address: string): string {
  return address.replace(/^([a-z+]*:\/*)?.*@/i, '$1...@');
}
