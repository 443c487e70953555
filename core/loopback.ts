import { isIPv4 } from 'node:net';
import { MillraceError } from './errors.ts';

/** Whether only programs on this machine reach what is bound to this address. */
export function isLoopback(host: string): boolean {
  if (host === 'localhost' || host === '::1' || host === '[::1]') return true;
  const address = host.replace(/^::ffff:/, '');
  // A name may begin like an address: 127.0.0.1.example.com.
  return isIPv4(address) && address.startsWith('127.');
}

export interface Binding {
  readonly host: string;
  readonly port: number;
  /** The setting that names the port, for messages. */
  readonly setting: string;
}

/** What `listen` failed with, as people should read it: a port that is taken is named with its setting. */
export function listenError(error: unknown, { host, port, setting }: Binding): unknown {
  const code = error instanceof Error && 'code' in error ? error.code : undefined;
  if (code === 'EADDRINUSE')
    return new MillraceError(
      'PORT_TAKEN',
      `Port ${port} on ${host} is taken by another program. End that one, or choose another port with ${setting}.`,
      { cause: error },
    );
  if (code === 'EACCES')
    return new MillraceError(
      'SETTING_INVALID',
      `This user may not listen on port ${port} of ${host}; ports below 1024 often need rights. Choose another with ${setting}.`,
      { cause: error },
    );
  if (code === 'EADDRNOTAVAIL' || code === 'ENOTFOUND')
    return new MillraceError(
      'SETTING_INVALID',
      `${isIPv4(host) ? 'The address' : 'The host'} ${host} is not one of this machine's. Set MILLRACE_HOST to one that is, such as 127.0.0.1.`,
      { cause: error },
    );
  return error;
}
