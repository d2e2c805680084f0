# The bundle is the same for every platform, so it is built once, on the builder's own.
FROM --platform=$BUILDPLATFORM node:24.18.0-trixie-slim@sha256:ae91dcc111a68c9d2d81ff2a17bda61be126426176fde6fe7d08ab13b7f50573 AS build
WORKDIR /build
COPY .npmrc package.json package-lock.json ./
RUN npm ci --no-audit --no-fund
COPY LICENSE ./
COPY src src
COPY test/support test/support
# Builds, and lays what the image has beside its base. The list of it is in that file, and nowhere else.
RUN node test/support/release/image.ts /image

# Those files alone: `docker build --target tree --output FOLDER .`
FROM scratch AS tree
COPY --from=build /image /

# Node 24, its libraries and CA certificates: no shell, no package manager, no npm.
FROM gcr.io/distroless/nodejs24-debian13:nonroot@sha256:9eeb7f5887d0e239e78264b06f7f11d2e14be534050481803a9e4728fcdd278e
ARG VERSION=0.0.0-dev
ARG REVISION=unknown
ARG CREATED=1970-01-01T00:00:00Z
ARG SOURCE=https://keyferry.dev
LABEL org.opencontainers.image.title="keyferry" \
      org.opencontainers.image.description="Ferries secrets from AWS Secrets Manager and SSM Parameter Store into Kubernetes Secrets" \
      org.opencontainers.image.licenses="Apache-2.0" \
      org.opencontainers.image.source="$SOURCE" \
      org.opencontainers.image.version="$VERSION" \
      org.opencontainers.image.revision="$REVISION" \
      org.opencontainers.image.created="$CREATED" \
      org.opencontainers.image.base.name="gcr.io/distroless/nodejs24-debian13:nonroot"
COPY --from=tree / /
WORKDIR /app
# The AWS SDK asks where home is, and a user that the base does not know (as clusters may choose one) has none. Nothing is there.
ENV HOME=/app
# One heap of libc for all threads: each more costs memory, and only one of them works. And what is free of it is given back soon.
ENV MALLOC_ARENA_MAX=1
ENV MALLOC_TRIM_THRESHOLD_=131072
ENV MALLOC_MMAP_THRESHOLD_=131072
# By number, so that Kubernetes can see that it is not root.
USER 65532:65532
EXPOSE 8080
# For engines that are not Kubernetes, which has probes of its own and ignores this. Where the operator is told to serve
# elsewhere, this is to be told too (--health-cmd).
HEALTHCHECK --interval=30s --timeout=5s --start-period=60s \
  CMD ["/nodejs/bin/node", "-e", "fetch('http://127.0.0.1:8080/healthz').then(({ ok }) => process.exit(ok ? 0 : 1), () => process.exit(1))"]
# No --enable-source-maps: it costs 49 MB of memory. The bundle keeps all names, and says from which file each part of it is.
# The flags halve the memory: left alone, node lets its heap grow to several times of what it holds, and collects it late. And it would take what
# is made at a start, when much of it stays, for what is made ever after: old at birth, so that only a full collection frees it. Up to 60 MB,
# most of which the operator needs in any case, it need not be thrifty, and what is new is collected when its place is full, not before.
# The last three: what runs for seconds in a day does not repay the compiler that optimises most, nor a thread for each of the others.
ENTRYPOINT ["/nodejs/bin/node", "--max-semi-space-size=8", "--no-minor-gc-task", "--initial-old-space-size=60", "--heap-growing-percent=20", "--no-allocation-site-pretenuring", "--max-opt=2", "--no-concurrent-recompilation", "--no-concurrent-sparkplug", "/app/keyferry.mjs"]
