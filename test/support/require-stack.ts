import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';

/**
 * For `test(name, { skip: withoutEngine() }, ...)`: why tests that need containers are skipped, or false where there
 * is an engine. With `MILLRACE_REQUIRE_STACK=1` nothing is skipped: without an engine they fail.
 */
export function withoutEngine(): string | false {
  if (process.env.MILLRACE_REQUIRE_STACK === '1') return false;
  const engine = process.env.DOCKER_HOST ?? '/var/run/docker.sock';
  const isThere = !engine.startsWith('/') || existsSync(engine);
  return isThere
    ? false
    : 'no container engine: /var/run/docker.sock is missing and DOCKER_HOST unset';
}

/** The same for tests that run `docker compose`. */
export function withoutCompose(): string | false {
  const skip = withoutEngine();
  if (skip !== false || process.env.MILLRACE_REQUIRE_STACK === '1') return skip;
  const { status } = spawnSync('docker', ['compose', 'version'], { stdio: 'ignore' });
  return status === 0 ? false : 'no docker compose: docker compose version fails';
}
