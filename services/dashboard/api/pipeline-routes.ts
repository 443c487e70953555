import { z } from 'zod';
import { firstDeliveryCommand } from '../../../core/config/first-delivery-command.ts';
import { firstReadingCommand } from '../../../core/config/first-reading-command.ts';
import type { SourceDeclaration } from '../../../core/config/pipeline.ts';
import type { ServiceContext } from '../../../core/service.ts';
import type { ApiPipeline, ApiSource } from '../api-types.ts';
import { historyAnswer, ledgerAnswer, pipelineAnswer } from './answer-schemas.ts';
import type { ApiParts, ApiServer } from './api-parts.ts';
import { formatTime } from './api-time.ts';

const noQuery = z.strictObject({});

export function pipelineRoutes(server: ApiServer, { context, store, ledger }: ApiParts): void {
  server.get(
    '/api/v1/pipeline',
    {
      schema: {
        tags: ['pipeline'],
        summary: 'What is run here, and where packets may be sent',
        querystring: noQuery,
        response: { 200: pipelineAnswer },
      },
    },
    async (request) => toApiPipeline(context, request.hostname),
  );

  server.get(
    '/api/v1/history',
    {
      schema: {
        tags: ['pipeline'],
        summary: 'How much history there is, and how far back it goes',
        querystring: noQuery,
        response: { 200: historyAnswer },
      },
    },
    async () => {
      const { entities, readings, oldest, newest } = await store.totals();
      const time = (micros: number | null) => (micros === null ? null : formatTime(micros));
      return { entities, readings, oldest: time(oldest), newest: time(newest) };
    },
  );

  server.get(
    '/api/v1/ledger',
    {
      schema: {
        tags: ['pipeline'],
        summary: 'Where every reading went; each difference is 0',
        querystring: noQuery,
        response: { 200: ledgerAnswer },
      },
    },
    async () => ledger.read(),
  );
}

function toApiPipeline(context: ServiceContext, hostName: string): ApiPipeline {
  const { pipeline, settings, now } = context;
  const { name, attribution, map, mqtt, demo } = pipeline;
  const { mqttListen } = settings;
  return {
    name,
    attribution: attribution ?? null,
    map: {
      styleUrl: map?.styleUrl ?? null,
      center: map?.center ?? null,
      zoom: map?.zoom ?? null,
    },
    demo: (demo ?? []).length > 0,
    mqtt: mqttListen
      ? {
          // Bound to every address, the broker is where the dashboard was asked.
          host: ['0.0.0.0', '::'].includes(mqttListen.host) ? hostName : mqttListen.host,
          port: mqttListen.port,
          credentials: (mqtt?.users ?? []).length > 0,
        }
      : null,
    sources: Object.entries(pipeline.sources).map(([source, declared]) =>
      toApiSource(source, declared),
    ),
    historyMs: pipeline.retention.historyMs,
    now: formatTime(now()),
    firstReading:
      firstReadingCommand(pipeline, settings) ?? firstDeliveryCommand(pipeline, settings),
  };
}

function toApiSource(name: string, { topics = [], format }: SourceDeclaration): ApiSource {
  return {
    name,
    format: format.name,
    topics: [...topics, ...(format.topics ?? [])],
    entityTypes: Object.keys(format.emits),
  };
}
