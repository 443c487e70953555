import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';

const millrace = pathToFileURL(join(import.meta.dirname, '../../index.ts')).href;

/**
 * Writes `millrace.config.ts` of docs/dead-letters.md into the folder, and gives its path. `pm25`: where it is looked for in
 * each value; `$.pm25` is right.
 */
export async function writeAirConfig(folder: string, pm25: string): Promise<string> {
  const file = join(folder, 'millrace.config.ts');
  await writeFile(
    file,
    `import { definePipeline, json, number, tag } from '${millrace}';

export default definePipeline({
  name: 'air',
  models: {
    'air-station': {
      label: 'Air station',
      fields: { pm25: number({ label: 'PM2.5', unit: 'ug/m3', min: 0 }), district: tag() },
    },
  },
  sources: {
    air: {
      format: json({
        topic: 'city/{district}/{sensor}/state',
        each: '$.values[*]',
        entity: { type: 'air-station', id: '{sensor}' },
        time: { path: '$.ts', unit: 'ms' },
        fields: { pm25: { path: '${pm25}', unit: 'ug/m3', required: true } },
        tags: { district: '{district}' },
      }),
    },
  },
});
`,
  );
  return file;
}
