# One image for every service: docker run millrace run enricher

FROM node:24-slim AS build
WORKDIR /build
COPY package.json package-lock.json .npmrc ./
# The page is built below, when its sources are there: `prepare` would want them here.
RUN npm ci --ignore-scripts --no-audit --no-fund
COPY . .
RUN npm run build && find dist -type f \( -name '*.map' -o -name '*.d.ts' \) -delete

FROM node:24-slim AS dependencies
WORKDIR /build
COPY package.json package-lock.json .npmrc ./
# Left out as optional: Node 24 for those who have an older one, and a part of pg for another platform.
# Of the packages, what no program reads.
RUN npm ci --omit=dev --omit=optional --ignore-scripts --no-audit --no-fund \
 && find node_modules -type f \( -name '*.map' -o -name '*.d.ts' -o -name '*.d.cts' -o -name '*.d.mts' -o -name '*.md' ! -iname 'licen[cs]e*' ! -iname 'notice*' \) -delete \
 && find node_modules -depth -type d -empty -delete

FROM node:24-slim
ENV NODE_ENV=production \
    MILLRACE_DATA_DIR=/data
WORKDIR /millrace
COPY --from=dependencies /build/node_modules node_modules
COPY --from=build /build/dist dist
COPY LICENSE package.json ./
COPY schemas schemas
COPY examples examples
COPY infra/docker/healthy.js healthy.js
RUN printf '#!/bin/sh\nexec node /millrace/dist/cli/main.js "$@"\n' > /usr/local/bin/millrace \
 && chmod 755 /usr/local/bin/millrace \
 && mkdir /data /pipeline && chown node:node /data /pipeline
# Embedded: log and store. Beside Kafka and databases: only caches.
VOLUME /data
# Your millrace.config.ts is mounted here.
WORKDIR /pipeline
USER node
EXPOSE 8080 9464
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=10s --timeout=10s --start-period=120s --retries=3 CMD ["node", "/millrace/healthy.js"]
ENTRYPOINT ["node", "/millrace/dist/cli/main.js"]
CMD ["--help"]
