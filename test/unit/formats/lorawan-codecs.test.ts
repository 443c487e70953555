/** The example's codecs against the telemetry that another project expects of the same uplinks. */
import assert from 'node:assert/strict';
import { globSync, readFileSync } from 'node:fs';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import type { Observation } from '../../../core/reading.ts';
import { boschParking } from '../../../examples/lorawan/codecs/bosch-parking.ts';
import { decentlab } from '../../../examples/lorawan/codecs/decentlab.ts';
import { elsys } from '../../../examples/lorawan/codecs/elsys.ts';
import { milesight } from '../../../examples/lorawan/codecs/milesight.ts';
import { netvox } from '../../../examples/lorawan/codecs/netvox.ts';
import { nwave } from '../../../examples/lorawan/codecs/nwave.ts';
import { sensiedge } from '../../../examples/lorawan/codecs/sensiedge.ts';
import { tektelic } from '../../../examples/lorawan/codecs/tektelic.ts';
import { chirpStack } from '../../../formats/chirp-stack.ts';
import type { LoraWanCodec } from '../../../formats/lorawan/codec.ts';
import { theThingsStack } from '../../../formats/the-things-stack.ts';
import { runMillrace } from '../../support/run-millrace.ts';

interface Upstream {
  readonly vendor: string;
  readonly model: string;
  readonly telemetry: readonly [{ readonly ts: number | string; readonly values: Values }];
  readonly attributes: Values;
}

type Values = Readonly<Record<string, number | string | boolean>>;
type Same = (reading: Observation) => number | string | boolean | undefined;

const number = (name: string, factor = 1): Same => {
  return ({ numbers }) => (numbers[name] ?? Number.NaN) * factor;
};
const flag = (name: string): Same => {
  return ({ flags }) => flags[name];
};

/** Upstream's names, and what is the same in a reading. */
const radio: Readonly<Record<string, Same>> = {
  lora_frame_counter: number('frames'),
  lora_frame_port: number('port'),
  lora_frequency: number('frequency'),
  lora_spreading_factor: number('spreadingFactor'),
  lora_rssi: number('rssi'),
  lora_snr: number('snr'),
  fPort: number('port'),
  fCnt: number('frames'),
  dr: number('dataRate'),
  confirmed: flag('confirmed'),
};

const vendors: Readonly<
  Record<string, { readonly codec?: LoraWanCodec; readonly same: Readonly<Record<string, Same>> }>
> = {
  Elsys: {
    codec: elsys,
    same: {
      temperature: number('temperature'),
      humidity: number('humidity'),
      light: number('light'),
      pir: number('motion'),
      vdd: number('supplyVoltage', 1000),
    },
  },
  Milesight: {
    codec: milesight,
    same: {
      temperature: number('temperature'),
      humidity: number('humidity'),
      battery: number('battery'),
    },
  },
  Decentlab: {
    codec: decentlab,
    same: {
      dielectric_permittivity: number('permittivity'),
      volumetric_water_content: number('waterContent'),
      soil_temperature: number('soilTemperature'),
      battery_voltage: number('batteryVoltage'),
    },
  },
  Bosch: {
    codec: boschParking,
    same: {
      type: ({ texts }) => texts.message,
      occupied: flag('occupied'),
      temperature: number('temperature'),
    },
  },
  Netvox: {
    codec: netvox,
    same: {
      battery_voltage: number('batteryVoltage'),
      contact_switch: ({ flags }) => (flags.contact ? 'on' : 'off'),
    },
  },
  Nwave: {
    codec: nwave,
    same: {
      type: ({ texts }) => texts.message,
      hw_health_status: number('hardwareStatus'),
      battery_voltage: number('batteryVoltage'),
      battery_voltage_mean_24h: number('batteryVoltageDayMean'),
    },
  },
  SensiEDGE: {
    codec: sensiedge,
    same: {
      pressure: number('pressure'),
      temperature: number('temperature'),
      humidity: number('humidity'),
      accelerationX: number('accelerationX'),
      accelerationY: number('accelerationY'),
      accelerationZ: number('accelerationZ'),
      // Radians, of which upstream takes 0.017453 for a degree.
      gyroX: number('turnRateX', 0.017453),
      gyroY: number('turnRateY', 0.017453),
      gyroZ: number('turnRateZ', 0.017453),
      magX: number('magneticX'),
      magY: number('magneticY'),
      magZ: number('magneticZ'),
      light: number('light'),
      batteryVolt: number('batteryVoltage'),
    },
  },
  Tektelic: {
    codec: tektelic,
    same: {
      energy_consumption_meter_elapsed: number('energyMeterElapsed'),
      energy_consumption_meter_consumed: number('energyConsumed'),
      energy_consumption_meter_status: number('energyMeterStatus'),
    },
  },
  // Upstream has nothing but radio values of it.
  Yobiiq: { same: {} },
};

const golden = fileURLToPath(new URL('../../golden', import.meta.url));
const matched: string[] = [];
const withoutCodec: string[] = [];

for (const path of globSync('*/*/upstream.json', { cwd: golden }).sort()) {
  const upstream = JSON.parse(readFileSync(`${golden}/${path}`, 'utf8')) as Upstream;
  const name = path.replace('/upstream.json', '');
  const vendor = vendors[upstream.vendor];
  if (vendor === undefined) {
    withoutCodec.push(name);
    continue;
  }
  test(`${name}: the reading has the telemetry, the time and the radio values that upstream expects`, () => {
    const { reading, frequency } = decode(name, vendor.codec);
    const [{ ts, values }] = upstream.telemetry;
    // Upstream takes the network server's time of some vendors, and the application server's of others.
    const aheadMs = new Date(ts).getTime() - Math.floor((reading.observedAt ?? 0) / 1000);
    assert.ok(aheadMs >= 0 && aheadMs < 300, `${aheadMs} ms`);
    for (const [key, expected] of Object.entries(values)) {
      const same: Same | undefined = vendor.same[key] ?? radio[key];
      assert.ok(same !== undefined, `nothing stands for ${key}`);
      const actual = same(reading);
      if (typeof expected !== 'number') assert.equal(actual, expected, key);
      else assert.ok(Math.abs(Number(actual) - expected) < 1e-9, `${key}: ${actual}, ${expected}`);
    }
    assert.equal(frequency, Number(upstream.attributes.frequency ?? frequency));
    matched.push(name);
  });
}

function decode(name: string, codec: LoraWanCodec | undefined) {
  const bytes = readFileSync(`${golden}/${name}/input`);
  const lineEnd = bytes.indexOf('\n');
  const options = codec === undefined ? {} : { codec };
  const format = name.startsWith('chirp-stack') ? chirpStack(options) : theThingsStack(options);
  const [outcome] = format.decode({
    topic: bytes.toString('utf8', 0, lineEnd),
    payload: bytes.subarray(lineEnd + 1),
  });
  assert.equal(outcome?.kind, 'ok', JSON.stringify(outcome));
  const reading = (outcome as { observation: Observation }).observation;
  return { reading, frequency: reading.numbers.frequency };
}

test('the count of uplinks that match is told', (t) => {
  t.diagnostic(`${matched.length} of ${matched.length + withoutCodec.length} uplinks match`);
  assert.deepEqual(withoutCodec, []);
  assert.equal(matched.length, 27);
});

test('a payload that is cut short is refused in words that say what was expected', () => {
  const device = { devEui: undefined, name: '', application: '', profile: undefined };
  const run = (codec: LoraWanCodec, fPort: number, hex: string) =>
    codec({ fPort, bytes: [...Buffer.from(hex, 'hex')], recvTime: new Date(0), device });
  // The example of a counter update in TheThingsNetwork/lorawan-devices, vendor/nwave/ncc405-codec.yaml.
  assert.deepEqual(run(nwave, 1, '06aa'), { message: 'counter update', count: 1706 });
  assert.throws(() => run(nwave, 1, '06'), /a counter update should have two bytes/);
  assert.throws(() => run(nwave, 2, 'a866'), /a heartbeat should have three bytes/);
  assert.throws(() => run(sensiedge, 85, '277d09'), /should have 28 bytes; it has 3/);
  assert.deepEqual(run(tektelic, 10, '007400110001ff'), { relayOn: true });
  assert.throws(() => run(tektelic, 10, '00fe00015180'), /byte 0 should begin a known kind/);
  assert.throws(() => run(tektelic, 10, '0001ff00'), /byte 3 should begin a known kind/);
});

test("the example's configuration decodes its uplinks without a dead letter, each by its codec", async () => {
  const example = new URL('../../../examples/lorawan/', import.meta.url);
  const { stdout, stderr, code } = await runMillrace([
    ...['check', '--json', '--config', fileURLToPath(new URL('millrace.config.ts', example))],
    ...['--sample', fileURLToPath(new URL('input/uplinks.ndjson', example))],
  ]);
  assert.equal(code, 0, stderr);
  const tried = JSON.parse(stdout) as { parts: { reading: Observation }[] }[];
  assert.deepEqual(
    tried.map(({ parts }) => parts.map(({ reading: { numbers } }) => Object.keys(numbers).length)),
    [[15], [15], [12], [10], [12], [23], [12]],
  );
});
