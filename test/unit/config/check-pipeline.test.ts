import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { checkPipeline } from '../../../core/config/check-pipeline.ts';
import { faultSentence } from '../../../core/config/fault.ts';
import { decimal, flag, number, tag, text } from '../../../core/config/pipeline.ts';
import { secret } from '../../../core/config/secret.ts';
import { homie } from '../../../formats/homie.ts';
import { json } from '../../../formats/json.ts';

const folder = mkdtempSync(join(tmpdir(), 'millrace-pipeline-'));
writeFileSync(join(folder, 'fleet.json'), '[]');
after(() => rmSync(folder, { recursive: true }));

const format = {
  name: 'buses',
  contentType: 'application/json',
  emits: { bus: ['speed', 'route'] },
  units: { bus: { speed: 'm/s' } },
  decode: () => [],
};

const sound = {
  name: 'city',
  models: {
    bus: {
      fields: {
        speed: number({ unit: 'km/h', display: 'm/s', min: 0, max: 200 }),
        doors: flag(),
        route: text(),
        fare: decimal(),
        mode: tag(),
      },
      colorBy: 'speed',
      geometry: 'fleet',
      usualInterval: '1s',
    },
  },
  sources: { buses: { topics: ['hfp/+/bus/#'], format } },
  registers: { fleet: { file: 'fleet.json', key: '{operator}/{vehicle}' } },
  steps: [
    { step: 'join', entityType: 'bus', register: 'fleet', set: { route: 'line' } },
    { step: 'filter', name: 'moving', entityType: 'bus', keep: () => true },
    { step: 'compute', name: 'twice', entityType: 'bus', set: { speed: () => 1 } },
  ],
};

/** Sentences of the faults that a change to the sound pipeline brings. */
function faultsOf(change: Record<string, unknown>): string[] {
  const checked = checkPipeline({ ...sound, ...change }, folder);
  return 'faults' in checked ? checked.faults.map(faultSentence) : [];
}

const bus = sound.models.bus;
const withFields = (fields: Record<string, unknown>) =>
  faultsOf({ models: { bus: { ...bus, fields: { ...bus.fields, ...fields } } } });
const withSource = (source: Record<string, unknown>) =>
  faultsOf({ sources: { buses: { ...sound.sources.buses, ...source } } });

test('a sound pipeline comes with spans in milliseconds and the defaults filled in', () => {
  const checked = checkPipeline(sound, folder);
  assert.ok('pipeline' in checked, JSON.stringify(checked));
  const { pipeline } = checked;
  assert.deepEqual(checked.warnings, []);
  assert.deepEqual(pipeline.retention, {
    historyMs: 7 * 86_400_000,
    rawMs: 2 * 86_400_000,
    topicsMs: 7 * 86_400_000,
    sizeBytes: 10e9,
  });
  assert.equal(pipeline.maxFutureMs, 300_000);
  assert.equal(pipeline.dedupeHorizonMs, 7 * 86_400_000);
  assert.equal(pipeline.folder, folder);
  assert.equal(pipeline.steps.length, 3);
  assert.equal(pipeline.sources.buses?.format, format);
});

test('repeats are recognised as long as history is kept, for ever too, unless the pipeline says otherwise', () => {
  const horizon = (change: object) => {
    const checked = checkPipeline({ ...sound, ...change }, folder);
    return 'pipeline' in checked ? checked.pipeline.dedupeHorizonMs : checked.faults;
  };
  assert.equal(horizon({ retention: { history: 'forever' } }), null);
  assert.equal(horizon({ retention: { history: '90d' } }), 90 * 86_400_000);
  assert.equal(
    horizon({ retention: { history: 'forever' }, dedupe: { horizon: '1h' } }),
    3_600_000,
  );
});

test('every fault of every section is listed at once', () => {
  const sentences = faultsOf({
    name: '',
    models: { Bus: { fields: { 'sp eed': number({ unit: 'kmh' }), time: text() } } },
    sources: { 'b/s': { topics: ['a/#/b'], format: { ...format, emits: {} } } },
    retention: { history: '7 days' },
    registers: { fleet: { file: 'absent.json', key: 'vehicle' } },
    steps: [{ step: 'filtre', name: 'x' }],
  });
  const all = sentences.join('\n');
  for (const expected of [
    /^name: expected the pipeline's name; came ""/m,
    /^models\.Bus: expected an entity type of lower-case/m,
    /^models\.Bus\.fields\["sp eed"\]: expected a field name/m,
    /^models\.Bus\.fields\["sp eed"\]\.unit: expected a UCUM code \(did you mean km\/h\?\); came "kmh"/m,
    /^models\.Bus\.fields\.time: expected another name/m,
    /^sources\["b\/s"\]: expected a name/m,
    /^sources\["b\/s"\]\.topics\[0\]: expected an MQTT topic filter.*; came "a\/#\/b"/m,
    /^retention\.history: expected a span such as .*; came "7 days"/m,
    /^registers\.fleet\.key: expected a key/m,
    /^steps\[0\]\.?.*: expected a step/m,
  ])
    assert.match(all, expected);
});

test('a key that is not known is refused with the nearest that is', () => {
  assert.deepEqual(faultsOf({ sourcse: {} }).length, 1);
  assert.match(
    faultsOf({ sourcse: {} })[0] ?? '',
    /^sourcse: expected one of name, .* \(did you mean sources\?\)/,
  );
  assert.match(
    withFields({ speed: { kind: 'number', uint: 'm' } })[0] ?? '',
    /speed\.uint: .*did you mean unit\?/,
  );
  assert.match(
    withSource({ topcis: [] })[0] ?? '',
    /sources\.buses\.topcis: .*did you mean topics\?/,
  );
});

test('units must be UCUM, and what is displayed must be convertible from what is stored', () => {
  assert.match(
    withFields({ speed: number({ unit: 'm', display: 's' }) })[0] ?? '',
    /speed\.display: expected a unit that m can be converted to/,
  );
  assert.match(
    withFields({ speed: number({ display: 's' }) })[0] ?? '',
    /speed\.display: expected a unit beside it/,
  );
  assert.match(
    withFields({ speed: number({ unit: 'km/h', min: 2, max: 1 }) })[0] ?? '',
    /speed\.min/,
  );
  const checked = checkPipeline(
    {
      ...sound,
      models: { bus: { ...bus, fields: { ...bus.fields, wind: number({ unit: 'mph' }) } } },
    },
    folder,
  );
  assert.match(
    checked.warnings[0] ?? '',
    /wind\.unit: the unit is mph \(.*did you mean \[mi_i\]\/h\?\)/,
  );
});

test('no field takes a name that every reading has already', () => {
  for (const name of ['time', 'entityId', 'source', 'lat', 'lon', 'altitude', 'position', 'zones'])
    assert.match(
      withFields({ [name]: text() })[0] ?? '',
      /expected another name, since time, .* are taken/,
    );
});

test('a field may have a name that every object has', () => {
  const values = json({
    topic: 'x/{x}',
    entity: { type: 'constructor', id: '{x}' },
    fields: { constructor: { path: '$.c' }, name: { path: '$.n' } },
  });
  const model = { fields: { constructor: number(), name: text() } };
  const change = {
    models: { ...sound.models, constructor: model },
    sources: { x: { format: values } },
  };
  assert.deepEqual(faultsOf(change), []);
});

test('a format may only give entity types, fields, kinds and units that a model has', () => {
  const withFormat = (change: object) => withSource({ format: { ...format, ...change } });
  assert.match(
    withFormat({ emits: { tram: [] } })[0] ?? '',
    /format\.emits: expected entity types that have a model: one of bus/,
  );
  assert.match(
    withFormat({ emits: { bus: ['sped'] } })[0] ?? '',
    /emits\.bus: .*did you mean speed\?\); came "sped"/,
  );
  assert.match(
    withFormat({ units: { bus: { speed: 'kmh' } } })[0] ?? '',
    /speed\.unit: expected a UCUM code/,
  );
  assert.match(
    withFormat({ units: { bus: { speed: 'K' } } })[0] ?? '',
    /speed\.unit: expected a unit that can be converted to the model's km\/h; came "K"/,
  );
  assert.match(
    withFormat({ units: { bus: { route: 'm' } } })[0] ?? '',
    /route\.unit: expected no unit/,
  );
  assert.match(
    withFormat({ kinds: { bus: { route: 'number' } } })[0] ?? '',
    /route: expected kind text, as the model has it; came "number"/,
  );
  assert.match(withFormat({ decode: 'x' })[0] ?? '', /format\.decode: expected a function/);
  assert.match(
    withSource({ topics: [] })[0] ?? '',
    /topics: expected a way in: at least one topic filter/,
  );
});

test('a decimal or a tag that a mapping does not give as one is found at start, not reading by reading', () => {
  const mapping = (fields: object, tags: object) =>
    withSource({
      format: json({
        topic: 'a/{id}',
        entity: { type: 'bus', id: '{id}' },
        fields: { ...fields },
        tags: { ...tags },
      }),
    });
  assert.deepEqual(
    mapping({ speed: '$.s', fare: { path: '$.f', kind: 'decimal' } }, { mode: 'bus' }),
    [],
  );
  assert.match(
    mapping({ fare: '$.f' }, {})[0] ?? '',
    /fields\.fare: expected kind decimal, .*; came nothing/,
  );
  assert.match(mapping({ mode: '$.m' }, {})[0] ?? '', /fields\.mode: expected kind tag/);
});

test('faults that a format finds in its own declaration are listed with their place', () => {
  const faulty = json({
    topic: 'a/{id}',
    entity: { type: 'bus', id: '{di}' },
    fields: { speed: 'speed' },
  });
  const sentences = withSource({ format: faulty });
  assert.equal(sentences.length, 2);
  assert.match(
    sentences.join('\n'),
    /^sources\.buses\.format\.fields\.speed: expected a JSONPath that begins with/m,
  );
  assert.match(sentences.join('\n'), /^sources\.buses\.format\.entity\.id: .*did you mean id\?/m);
});

test('what a JSON mapping gives and no model has is told where the mapping says it', () => {
  const mapping = (type: string, tags: Record<string, string>) =>
    withSource({
      format: json({
        topic: 'a/{id}',
        entity: { type, id: '{id}' },
        fields: { speed: '$.s' },
        tags,
      }),
    })[0] ?? '';
  assert.match(mapping('bsu', {}), /^sources\.\w+\.format\.entity\.type: .*did you mean bus\?/);
  assert.match(mapping('bus', { nope: '{id}' }), /^sources\.\w+\.format\.tags\.nope: /);
});

test('a fault of a source or a step does not keep the others of it for the next start', () => {
  const faulty = json({
    topic: 'a/{id}',
    entity: { type: 'bus', id: '{di}' },
    fields: { speed: '$.s', sped: '$.s' },
  });
  const sentences = faultsOf({
    sources: { buses: { topcis: ['a'], format: faulty } },
    steps: [{ step: 'filter', name: 'm', entityType: 'bsu', keep: true }],
  });
  for (const path of [
    'sources.buses.topcis',
    'sources.buses.format.entity.id',
    'sources.buses.format.fields.sped',
    'steps[0].entityType',
    'steps[0].keep',
  ])
    assert.ok(
      sentences.some((sentence) => sentence.startsWith(`${path}:`)),
      `${path} in ${sentences.join(' ')}`,
    );
});

test('steps may only name models, fields and registers that are declared, and rules have names of their own', () => {
  const withStep = (step: object) => faultsOf({ steps: [...sound.steps, step] });
  assert.match(
    withStep({ step: 'join', entityType: 'bsu', register: 'fleet' })[0] ?? '',
    /steps\[3\]\.entityType: .*did you mean bus\?/,
  );
  assert.match(
    withStep({ step: 'join', entityType: 'bus', register: 'flet' })[0] ?? '',
    /steps\[3\]\.register: .*did you mean fleet\?/,
  );
  assert.match(
    withStep({ step: 'compute', name: 'c', entityType: 'bus', set: { sped: () => 1 } })[0] ?? '',
    /steps\[3\]\.set\.sped: .*did you mean speed\?/,
  );
  assert.match(
    withStep({ step: 'compute', name: 'c', entityType: 'bus', set: { speed: 1 } })[0] ?? '',
    /steps\[3\]\.set\.speed: expected a function .*; came 1/,
  );
  assert.match(
    withStep({ step: 'filter', name: 'moving', entityType: 'bus', keep: () => true })[0] ?? '',
    /steps\[3\]\.name/,
  );
});

test('files that are named must be there', () => {
  assert.match(
    faultsOf({ registers: { fleet: { file: 'nope.json', key: '{a}' } } })[0] ?? '',
    /registers\.fleet\.file: expected a file that can be read/,
  );
});

test('no fault shows a password', () => {
  const [missing = ''] = faultsOf({ mqtt: { users: [{ username: 'a' }] } });
  assert.match(
    missing,
    /password: expected a text, or secret\('NAME_OF_A_VARIABLE'\); came nothing\./,
  );
  const [sentence = ''] = faultsOf({ mqtt: { users: [{ username: 'a', password: 12345678 }] } });
  assert.match(sentence, /mqtt\.users\[0\]\.password/);
  assert.doesNotMatch(sentence, /1234/);
});

test("a broker's password is a secret by its name, and as a text it is warned of", () => {
  const users = [{ username: 'a', password: 'hidden' }];
  const { warnings } = checkPipeline({ ...sound, mqtt: { users } }, folder);
  assert.match(warnings.join(), /^mqtt\.users\[0\]\.password: a secret stands here as a text/);
  assert.doesNotMatch(warnings.join(), /hidden/);
  process.env.PUMP_PASSWORD = 'of-the-environment';
  const named = { username: 'a', password: secret('PUMP_PASSWORD') };
  delete process.env.PUMP_PASSWORD;
  const checked = checkPipeline({ ...sound, mqtt: { users: [named] } }, folder);
  assert.deepEqual('faults' in checked && checked.faults, false);
  assert.deepEqual(checked.warnings, []);
  const missing = [{ username: 'a', password: secret('NO_SUCH_PASSWORD') }];
  assert.match(faultsOf({ mqtt: { users: missing } }).join(), /environment as NO_SUCH_PASSWORD/);
});

test('filters of two sources that match the same topics are a warning, and may be wished', () => {
  const checked = checkPipeline(
    { ...sound, sources: { ...sound.sources, trams: { topics: ['hfp/a/+/b'], format } } },
    folder,
  );
  assert.ok('pipeline' in checked);
  assert.match(
    checked.warnings[0] ?? '',
    /sources\.trams\.topics: hfp\/a\/\+\/b and hfp\/\+\/bus\/# of buses match the same topics/,
  );
});

test('a format that follows its devices from message to message may not share them', () => {
  const topics = ['hfp/1/#', '$share/workers/hfp/2/#'];
  const shared = (remembers: true | undefined) => ({
    sources: { buses: { topics, format: { ...format, remembers } } },
  });
  assert.deepEqual(faultsOf(shared(undefined)), []);
  const [fault, ...more] = faultsOf(shared(true));
  assert.match(fault ?? '', /^sources\.buses\.topics: expected filters without \$share.*hfp\/2/);
  assert.deepEqual(more, []);
});

test('anything at all that is exported instead of a pipeline is a fault and never an exception', () => {
  for (const strange of [
    undefined,
    null,
    1,
    'x',
    [],
    {},
    () => 1,
    { models: [], sources: null, steps: {} },
    { models: { bus: 1 }, mqtt: 1, demo: 3 },
  ]) {
    const checked = checkPipeline(strange, folder);
    assert.ok('faults' in checked && checked.faults.length > 0);
  }
});

test('a secret that stands in the configuration as a text is told of by its place, and is not shown', () => {
  const warningsOf = (verify: unknown) =>
    checkPipeline({ ...sound, sources: { buses: { format, webhook: { verify } } } }, folder)
      .warnings;
  const [of, ...others] = warningsOf({ scheme: 'github', secret: 'hunter2' });
  assert.match(of ?? '', /^sources\.buses\.webhook\.verify\.secret: .*secret\('NAME'\)/);
  assert.doesNotMatch(of ?? '', /hunter2/);
  assert.deepEqual(others, []);
  const many = warningsOf([
    { scheme: 'meta', secret: ['a', 'b'], verifyToken: 't' },
    { scheme: 'basic', users: [{ username: 'u', password: 'p' }] },
    { scheme: 'address', allow: ['192.0.2.1'] },
  ]);
  assert.deepEqual(
    many.map((warning) => warning.split(': ')[0]?.replace('sources.buses.webhook.', '')),
    [
      'verify[0].secret[0]',
      'verify[0].secret[1]',
      'verify[0].verifyToken',
      'verify[1].users[0].password',
    ],
  );
  process.env.CHECK_SECRET = 'hunter2';
  assert.deepEqual(warningsOf({ scheme: 'github', secret: [secret('CHECK_SECRET')] }), []);
  delete process.env.CHECK_SECRET;
});

test('a format that follows devices says that nothing is remembered of deliveries', () => {
  const warningsOf = (source: object) =>
    checkPipeline({ ...sound, sources: { buses: { format: homie(), ...source } } }, folder)
      .warnings;
  const verify = { scheme: 'address', allow: ['192.0.2.1'] };
  assert.match(
    warningsOf({ webhook: { verify } }).join('\n'),
    /^sources\.buses\.webhook: homie.* nothing is remembered/m,
  );
  assert.doesNotMatch(warningsOf({ topics: ['homie/#'] }).join('\n'), /remembered/);
});
