import { MillraceError } from '../../core/errors.ts';
import type { InfluxConnection } from './influx-connection.ts';
import { influxFailure } from './influx-failure.ts';
import { parseAnswer, type StatementAnswer } from './influx-ql.ts';

/** Of one request. */
const maxStatements = 200;

/**
 * Asks InfluxQL statements, many in one request, and gives their answers in the same order; points of any number, since
 * InfluxDB is asked to answer in chunks. Rejects with `STORE_UNAVAILABLE` or `STORE_MISCONFIGURED`.
 */
export async function ask(
  connection: InfluxConnection,
  statements: readonly string[],
): Promise<StatementAnswer[]> {
  const answers: StatementAnswer[] = [];
  for (let from = 0; from < statements.length; from += maxStatements) {
    const some = statements.slice(from, from + maxStatements);
    const parsed = parseAnswer(await queryOf(connection, some.join(';\n')));
    for (let index = 0; index < some.length; index++) {
      const answer = parsed[index] ?? { series: [], error: undefined };
      if (answer.error !== undefined) throw answered(connection, answer.error);
      answers.push(answer);
    }
  }
  return answers;
}

async function queryOf(connection: InfluxConnection, statements: string): Promise<string> {
  try {
    return await connection.query(statements, { chunked: true });
  } catch (error) {
    const { target } = connection;
    throw influxFailure(error, { target, remedy: 'See that address and names are right.' });
  }
}

/** What InfluxDB says within an answer, for one statement. */
function answered({ target }: InfluxConnection, words: string): MillraceError {
  // 2.x says so of a bucket too that a token may not read.
  if (/database not found|not authorized|unauthorized/i.test(words))
    return new MillraceError(
      'STORE_MISCONFIGURED',
      `${target} should be there and readable with the configured credentials; InfluxDB says: ${words}. ` +
        'It is made by the influx-sink if its credentials may; to read it they need the right to.',
    );
  return new MillraceError(
    'STORE_UNAVAILABLE',
    `${target} should answer a query of series; InfluxDB says: ${words}.`,
  );
}
