import { API_VERSION } from '../api/names.ts';
import type { ResourceStatus } from '../core/ports.ts';
import { succeed } from '../model/result.ts';
import type { ApiClient } from './client.ts';
import { readResource } from './custom-resource.ts';
import { FIELD_MANAGER, METADATA_OBJECT, objectPath, only, subjectOf } from './kinds.ts';
import { readFailure, toOutcome } from './outcome.ts';

/** Live reads of our own kinds, and the writes of their status. */
export function createResourceStatus(client: ApiClient): ResourceStatus {
  return {
    async readResource(kind, key, signal) {
      const answer = await client.request({ method: 'GET', path: objectPath(kind, key) }, signal);
      if (answer.kind === 'said' && answer.status === 404) return succeed(undefined);
      const resource = answer.kind === 'said' && answer.status === 200 ? readResource(kind, answer.body) : undefined;
      return resource === undefined ? readFailure(answer, subjectOf(kind, key)) : succeed(resource);
    },
    async replaceStatus(kind, { namespace, name }, precondition, status, signal) {
      const key = { namespace, name };
      const answer = await client.request(
        {
          // A patch takes the API server a tenth more: it makes JSON of what it has, and reads that back.
          method: 'PUT',
          path: `${objectPath(kind, key)}/status`,
          query: FIELD_MANAGER,
          // Of all but the status the API server takes what it has, and nobody's fields are touched (kube-apiserver, customresource/status_strategy.go).
          body: { apiVersion: API_VERSION, kind, metadata: { ...key, ...only(precondition) }, status },
          accept: METADATA_OBJECT,
        },
        signal,
      );
      return toOutcome(answer, subjectOf(kind, key));
    },
  };
}
