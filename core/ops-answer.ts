import type { Registry } from 'prom-client';
import type { Service } from './service.ts';

export interface OpsSubject {
  readonly metrics: Registry;
  /** Every service of this process. */
  readonly services: () => readonly Service[];
}

export interface OpsAnswer {
  readonly status: number;
  readonly contentType: string;
  readonly body: string;
}

export const opsPaths = ['/livez', '/readyz', '/metrics'] as const;
export type OpsPath = (typeof opsPaths)[number];

/**
 * What `/livez` (200 while the process answers), `/readyz` (503 with the reasons while a service is not ready) and
 * `/metrics` (Prometheus text) say. One answer for services that run alone and for the dashboard, which has them
 * on its own port.
 */
export async function opsAnswer(path: OpsPath, subject: OpsSubject): Promise<OpsAnswer> {
  if (path === '/metrics')
    return {
      status: 200,
      contentType: subject.metrics.contentType,
      body: await subject.metrics.metrics(),
    };
  if (path === '/livez') return json(200, { live: true });
  const services = subject.services().map((service) => {
    const { ready, detail } = service.health();
    return { name: service.name, ready, ...(detail === undefined ? {} : { detail }) };
  });
  const ready = services.every((service) => service.ready);
  return json(ready ? 200 : 503, { ready, services });
}

function json(status: number, value: unknown): OpsAnswer {
  return { status, contentType: 'application/json; charset=utf-8', body: JSON.stringify(value) };
}
