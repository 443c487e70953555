import { isMillraceError } from '../../core/errors.ts';
import { parseWhere as parse, type Where } from '../../core/where.ts';
import { UsageError } from '../usage-error.ts';

/** The filter of `--where`; see core/where.ts. Throws `UsageError`. */
export function parseWhere(text: string): Where {
  try {
    return parse(text);
  } catch (error) {
    if (!isMillraceError(error)) throw error;
    throw new UsageError(`--where: ${error.message}`);
  }
}
