import { z } from 'zod';
import type { Model, RegisterEntry } from '../../../core/model.ts';
import type { ApiGeometry, ApiModel, ApiRegisterEntry } from '../api-types.ts';
import {
  listOf,
  modelAnswer,
  problemAnswer,
  registerAnswer,
  registerEntryAnswer,
} from './answer-schemas.ts';
import type { ApiParts, ApiServer } from './api-parts.ts';
import { displayUnit } from './display-unit.ts';
import { Problem } from './problem.ts';
import { countParameter, nameParameter } from './query-types.ts';

const noQuery = z.strictObject({});

export function referenceRoutes(server: ApiServer, { reference }: ApiParts): void {
  const shown = new WeakMap<Model, ApiModel>();
  server.get(
    '/api/v1/models',
    {
      schema: {
        tags: ['models'],
        summary: 'Entity types, their fields, kinds and units',
        querystring: noQuery,
        response: { 200: listOf(modelAnswer) },
      },
    },
    async () => ({
      items: reference.models().map((model) => {
        const known = shown.get(model) ?? toApiModel(model);
        shown.set(model, known);
        return known;
      }),
      nextCursor: null,
    }),
  );

  server.get(
    '/api/v1/registers',
    {
      schema: {
        tags: ['registers'],
        summary: 'Registers: reference data by name',
        querystring: noQuery,
        response: { 200: listOf(registerAnswer) },
      },
    },
    async () => ({
      items: [...reference.registers()].map(([name, keys]) => ({ name, entries: keys.length })),
      nextCursor: null,
    }),
  );

  server.get(
    '/api/v1/registers/:name',
    {
      schema: {
        tags: ['registers'],
        summary: 'Entries of a register, by key',
        params: z.object({ name: nameParameter }),
        querystring: z.strictObject({
          limit: countParameter(5000, 5000),
          cursor: nameParameter.exactOptional(),
        }),
        response: { 200: listOf(registerEntryAnswer), 404: problemAnswer },
      },
    },
    async (request) => {
      const { name } = request.params;
      const { limit, cursor } = request.query;
      const keys = reference.registers().get(name);
      if (keys === undefined)
        throw new Problem('not-found', `There is no register ${JSON.stringify(name)}.`);
      const after = cursor === undefined ? undefined : `${name}/${cursor}`;
      const begin = after === undefined ? 0 : keys.findIndex((key) => key > after);
      const chosen = begin < 0 ? [] : keys.slice(begin, begin + limit);
      const items = chosen
        .map((key) => reference.registerEntry(key))
        .filter((entry) => entry !== undefined)
        .map(toApiRegisterEntry);
      const hasMore = begin >= 0 && begin + limit < keys.length;
      return {
        items,
        nextCursor: hasMore ? (chosen.at(-1)?.slice(name.length + 1) ?? null) : null,
      };
    },
  );
}

function toApiModel(model: Model): ApiModel {
  return {
    entityType: model.entityType,
    label: model.label,
    simulated: model.simulated,
    geometryRegister: model.geometryRegister,
    colorField: model.colorField,
    headingField: model.headingField,
    usualIntervalMs: model.usualIntervalMs,
    fields: model.fields.map((field) => ({
      name: field.name,
      kind: field.kind,
      label: field.label,
      unit: field.unit,
      display: displayUnit(field),
      min: field.min,
      max: field.max,
    })),
  };
}

function toApiRegisterEntry({
  key,
  numbers,
  flags,
  texts,
  position,
  geometry,
}: RegisterEntry): ApiRegisterEntry {
  return { key, numbers, flags, texts, position, geometry: parseGeometry(geometry) };
}

/** Entries are checked where they are written; what another producer wrote and is no JSON has no shape. */
function parseGeometry(text: string | null): ApiGeometry | null {
  if (text === null) return null;
  try {
    return JSON.parse(text) as ApiGeometry;
  } catch {
    return null;
  }
}
