import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { TestProject } from 'vitest/node';
import { buildBundle } from './build.ts';
import { type ControlPlane, startControlPlane } from './control-plane.ts';
import { readCrds } from './crds.ts';
import { installChart, RELEASE } from './installed.ts';
import { startMoto } from './moto.ts';
import { ensureJudges, ensureParts } from './parts.ts';
import { endRun } from './processes.ts';

/** Starts what all conformance and end-to-end tests of a run share, and hands its addresses to them. */
export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  const parts = await ensureParts();
  const isEndToEnd = project.name === 'e2e';
  if (isEndToEnd) await buildBundle();
  else await ensureJudges();
  // The garbage collector looks for new kinds every 30 s only, so those that it is to collect are there before it starts.
  const manifests = isEndToEnd ? readCrds() : [];
  const [controlPlane, moto] = await Promise.all([
    startControlPlane({ parts, manifests, audit: isEndToEnd }),
    startMoto(parts.motoServer),
  ]);
  if (isEndToEnd) {
    // No pods: the tests' operators are processes of their own.
    const values = ['replicas=0', 'crds.install=false'];
    await installChart(parts.helm, controlPlane.kubeconfigPath, RELEASE, values);
  }
  const control = await serveControl(controlPlane);
  project.provide('environment', {
    kubeconfigPath: controlPlane.kubeconfigPath,
    url: controlPlane.url,
    caPem: controlPlane.caPem,
    adminToken: controlPlane.adminToken,
    issuer: controlPlane.issuer,
    serviceAccountKeyPath: controlPlane.serviceAccountKeyPath,
    auditLog: controlPlane.auditLog,
    kubectlPath: parts.kubectl,
    helmPath: parts.helm,
    motoEndpoint: moto.endpoint,
    controlUrl: control.url,
  });
  return async () => {
    control.close();
    await endRun();
  };
}

/** The API server is this process's child, so the test files, which run in others, ask here. */
async function serveControl(controlPlane: ControlPlane): Promise<{ url: string; close(): void }> {
  const actions: Record<string, () => Promise<void>> = {
    '/stop': controlPlane.stopApiServer,
    '/start': controlPlane.startApiServer,
    '/restart': controlPlane.restartApiServer,
  };
  const server = createServer((request, response) => {
    const action = actions[request.url ?? ''] ?? (() => Promise.reject(new Error(`no such action: ${request.url}`)));
    action().then(
      () => response.writeHead(204).end(),
      (error: unknown) => response.writeHead(500).end(String(error)),
    );
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  server.unref();
  const { port } = server.address() as AddressInfo;
  return { url: `http://127.0.0.1:${port}`, close: () => server.closeAllConnections() };
}
