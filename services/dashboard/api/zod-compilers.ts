import type { FastifySchema, FastifySchemaCompiler, FastifyTypeProvider } from 'fastify';
import { z } from 'zod';
import type { ApiFault } from '../api-types.ts';
import { faultyRequest, type Problem } from './problem.ts';

/** Handlers see what the zod schema of their route gives. */
export interface ZodTypes extends FastifyTypeProvider {
  readonly validator: this['schema'] extends z.ZodType ? z.output<this['schema']> : unknown;
  readonly serializer: this['schema'] extends z.ZodType
    ? DeepReadonly<z.input<this['schema']>>
    : unknown;
}

type DeepReadonly<T> = T extends object ? { readonly [K in keyof T]: DeepReadonly<T[K]> } : T;

const partNames: Readonly<Record<string, string>> = {
  querystring: 'query',
  params: 'path',
  body: 'body',
};

/** Requests are checked by zod; every fault is told at once. */
export const zodValidator: FastifySchemaCompiler<z.ZodType> = ({ schema, httpPart }) => {
  const part = partNames[httpPart ?? ''] ?? 'request';
  return (given: unknown) => {
    const checked = schema.safeParse(given);
    if (checked.success) return { value: checked.data };
    return {
      error: faultyRequest(
        checked.error.issues.flatMap((issue) => faultsOf(issue, part, given, schema)),
      ),
    };
  };
};

function faultsOf(
  issue: z.core.$ZodIssue,
  part: string,
  given: unknown,
  schema: z.ZodType,
): readonly ApiFault[] {
  if (issue.code === 'unrecognized_keys') {
    const known = schema instanceof z.ZodObject ? Object.keys(schema.shape).join(', ') : 'nothing';
    return issue.keys.map((key) => ({
      where: `${part}.${key}`,
      expected: `one of ${known}`,
      came: `the unknown name ${JSON.stringify(key)}`,
    }));
  }
  const came = issue.path.reduce<unknown>(
    (value, key) =>
      typeof value === 'object' && value !== null
        ? (value as Record<PropertyKey, unknown>)[key]
        : value,
    given,
  );
  const where = [part, ...issue.path.map(String)].join('.');
  return [{ where, expected: issue.message, came: shown(came) }];
}

function shown(value: unknown): string {
  if (value === undefined) return 'missing';
  const text = JSON.stringify(value) ?? String(value);
  return text.length > 100 ? `${text.slice(0, 100)}...` : text;
}

/** Answers are plain values that are known to fit JSON; no second copy of their shape is compiled. */
export const jsonSerializer = () => (value: unknown) => JSON.stringify(value);

/** The same schemas for the description of the API: JSON Schema instead of zod. */
export function describeSchema(schema: FastifySchema): FastifySchema {
  const described: Record<string, unknown> & { response?: unknown } = { ...schema };
  for (const part of ['querystring', 'params', 'body'] as const)
    if (schema[part] instanceof z.ZodType) described[part] = jsonSchema(schema[part], 'input');
  if (schema.response !== undefined)
    described.response = Object.fromEntries(
      Object.entries(schema.response as Record<string, unknown>).map(([status, answer]) => [
        status,
        answer instanceof z.ZodType ? jsonSchema(answer, 'output') : answer,
      ]),
    );
  return described as FastifySchema;
}

function jsonSchema(schema: z.ZodType, io: 'input' | 'output') {
  const { $schema: _, ...rest } = z.toJSONSchema(schema, { io, unrepresentable: 'any' });
  return rest;
}

/** The router calls the rest of a path `*`; a description needs a name for it. */
export function nameWildcard(schema: FastifySchema, name: string): FastifySchema {
  const params = schema.params as
    | { properties?: Record<string, unknown>; required?: readonly string[] }
    | undefined;
  if (params?.properties?.['*'] === undefined) return schema;
  const { '*': rest, ...properties } = params.properties;
  const required = params.required?.map((one) => (one === '*' ? name : one));
  return {
    ...schema,
    params: { ...params, properties: { ...properties, [name]: rest }, required },
  };
}

/** For what a schema alone can't tell. */
export function refuse(where: string, expected: string, came: string): Problem {
  return faultyRequest([{ where, expected, came }]);
}
