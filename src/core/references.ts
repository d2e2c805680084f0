/** The Secrets that a pod spec refers to: volumes of every kind, env and envFrom of all containers, imagePullSecrets. */
export function secretsOf(podSpec: unknown): ReadonlySet<string> {
  const containers = [...list(podSpec, 'containers'), ...list(podSpec, 'initContainers')];
  const volumes = list(podSpec, 'volumes');
  const names = [
    ...list(podSpec, 'imagePullSecrets').map((entry) => text(entry, 'name')),
    ...volumes.flatMap(secretsOfVolume),
    ...containers
      .flatMap((container) => list(container, 'envFrom'))
      .map((entry) => text(member(entry, 'secretRef'), 'name')),
    ...containers
      .flatMap((container) => list(container, 'env'))
      .map((entry) => text(member(member(entry, 'valueFrom'), 'secretKeyRef'), 'name')),
  ];
  return new Set(names.filter((name) => name !== undefined));
}

/** A volume has one source, under the name of its kind: `secret`, `projected`, `csi`, and others that take credentials from a Secret. */
function secretsOfVolume(volume: unknown): (string | undefined)[] {
  const sources = typeof volume === 'object' && volume !== null ? Object.values(volume) : [];
  return sources.flatMap((source) => [
    text(source, 'secretName'),
    text(member(source, 'secretRef'), 'name'),
    text(member(source, 'nodePublishSecretRef'), 'name'),
    ...list(source, 'sources').map((projected) => text(member(projected, 'secret'), 'name')),
  ]);
}

function member(value: unknown, name: string): unknown {
  return typeof value === 'object' && value !== null && Object.hasOwn(value, name)
    ? Reflect.get(value, name)
    : undefined;
}

function list(value: unknown, name: string): readonly unknown[] {
  const entries = member(value, name);
  return Array.isArray(entries) ? entries : [];
}

function text(value: unknown, name: string): string | undefined {
  const found = member(value, name);
  return typeof found === 'string' ? found : undefined;
}
