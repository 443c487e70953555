// The image's health check: is every service of the container ready? A service that runs alone answers on its ops port,
// the dashboard, and whatever runs beside it, on the dashboard's.
const { MILLRACE_OPS_PORT: ops = '9464', MILLRACE_HTTP_PORT: http = '8080' } = process.env;

/** @returns {Promise<boolean | undefined>} undefined: nobody answers there */
async function ready(port) {
  try {
    const response = await fetch(`http://127.0.0.1:${port}/readyz`, {
      signal: AbortSignal.timeout(8000),
    });
    if (!response.ok) console.error(await response.text());
    return response.ok;
  } catch {
    return undefined;
  }
}

const answer = (await ready(ops)) ?? (await ready(http));
if (answer === undefined) console.error(`Nobody answers on ports ${ops} and ${http}.`);
process.exit(answer === true ? 0 : 1);
