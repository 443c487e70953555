import type { Influx } from './servers/start-influx.ts';

/** The rows of the first series of an InfluxQL query, read past our own reader. Times are in ns, as texts. */
export async function queryInflux(
  { url, token, bucket }: Influx,
  query: string,
): Promise<readonly (readonly unknown[])[]> {
  const parameters = new URLSearchParams({ db: bucket, q: query });
  const answer = await fetch(`${url}/query?${parameters}`, {
    headers: { authorization: `Token ${token}` },
  });
  if (!answer.ok) throw new Error(`InfluxDB answered ${answer.status}: ${await answer.text()}`);
  const { results } = (await answer.json()) as {
    results: { error?: string; series?: { values: unknown[][] }[] }[];
  };
  const [result] = results;
  if (result?.error !== undefined) throw new Error(`InfluxDB says: ${result.error}`);
  return result?.series?.[0]?.values ?? [];
}
