import { existsSync } from 'node:fs';
import { join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import fastifyStatic from '@fastify/static';
import type { ApiServer } from './api-parts.ts';
import { Problem } from './problem.ts';

/** `dist/web` of the project, from the sources as from `dist/services/dashboard/api/`. */
const builtPage = fileURLToPath(
  new URL(
    import.meta.url.includes('/dist/services/') ? '../../../web' : '../../../dist/web',
    import.meta.url,
  ),
);

const notBuilt = `<!doctype html>
<html lang="en"><meta charset="utf-8"><title>Millrace</title>
<body style="font: 16px/1.5 system-ui; max-width: 40em; margin: 4em auto; padding: 0 1em">
<h1>The page has not been built</h1>
<p>Millrace runs, and its API answers: see <a href="/docs">/docs</a>. Only the page itself is missing.</p>
<p>Build it with <code>npm run build</code> in the project's folder, then load this address again.</p>
</body></html>
`;

/** The dashboard itself. It is open: what it shows it asks the API for. */
export async function pageRoutes(server: ApiServer, folder = builtPage): Promise<void> {
  await server.register(fastifyStatic, {
    root: folder,
    serve: false,
    suppressWarning: true,
    preCompressed: true,
    cacheControl: false,
  });
  server.get('/', { config: { open: true }, schema: { hide: true } }, (_request, reply) => {
    reply.header('cache-control', 'no-cache');
    if (existsSync(join(folder, 'index.html'))) return reply.sendFile('index.html');
    return reply.code(503).type('text/html; charset=utf-8').send(notBuilt);
  });
  server.get('/*', { config: { open: true }, schema: { hide: true } }, (request, reply) => {
    const path = (request.params as { '*': string })['*'];
    // Of what lies outside the folder not even the existence is told; this path asks for no token.
    const isInside = !relative(folder, join(folder, path)).startsWith('..');
    const isPage = isInside && !/^(api|registry|docs)(\/|$)/.test(path);
    if (!isPage || !existsSync(join(folder, path)))
      throw new Problem('not-found', `There is nothing at ${request.url.split('?', 1)[0]}.`);
    // Vite names what lies in assets/ after its content, so it never changes.
    const isFixed = path.startsWith('assets/');
    reply.header('cache-control', isFixed ? 'public, max-age=31536000, immutable' : 'no-cache');
    return reply.sendFile(path);
  });
}
