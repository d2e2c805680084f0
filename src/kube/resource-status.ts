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
    async patchStatus(kind, key, precondition, status, signal) {
      const answer = await client.request(
        {
          method: 'PATCH',
          path: `${objectPath(kind, key)}/status`,
          query: FIELD_MANAGER,
          contentType: 'application/merge-patch+json',
          // It is the resourceVersion that decides: of a patch to /status the API server ignores the uid (tried on 1.36).
          body: { metadata: only(precondition), status },
          accept: METADATA_OBJECT,
        },
        signal,
      );
      return toOutcome(answer, subjectOf(kind, key));
    },
  };
}
