import { isScalar, parseDocument } from 'yaml';
import { Failure } from '../failure.ts';

/** The values of the chart as it is released: bound to one image, by its digest. Comments stay. */
export function bindValues(values: string, repository: string, digest: string): string {
  if (!/^[a-z0-9.-]+(:\d+)?(\/[a-z0-9._-]+)+$/.test(repository))
    throw new Failure(`${repository}: want the name of an image without tag, in small letters`);
  if (!/^sha256:[0-9a-f]{64}$/.test(digest)) throw new Failure(`${digest}: want a digest, sha256:...`);
  // Put into the text as it stands, since a whole document printed anew would move comments.
  return put(put(values, 'digest', digest), 'repository', repository);
}

function put(values: string, key: string, text: string): string {
  const node = parseDocument(values).getIn(['image', key], true);
  if (!isScalar(node) || !node.range) throw new Failure(`values.yaml: image.${key} is missing`);
  const [from, to] = node.range;
  return `${values.slice(0, from)}${text}${values.slice(to)}`;
}
