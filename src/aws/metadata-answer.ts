import type { ValueRef } from '../core/ports.ts';
import { SecretValue } from '../model/secret-value.ts';
import { dateIn, listMember, member, textMember } from './member.ts';
import type { ParameterAnswer } from './parameter-answer.ts';

/** A secret as DescribeSecret told of it. */
export interface DescribedSecret {
  readonly arn: string;
  readonly name: string;
  readonly versionId?: string;
  /** The document, in JSON. */
  readonly value: SecretValue;
}

/**
 * What AWS knows about the secret, and about the version that the ref names: by default the one with the label AWSCURRENT, if there is one. When
 * it was last read is left out, since each look would change it.
 */
export function describeSecret(
  answer: unknown,
  { versionId: wantedId, versionStage }: ValueRef,
): DescribedSecret | 'unreadable' | 'marked' | 'noVersion' {
  const [arn, name] = [textMember(answer, 'ARN'), textMember(answer, 'Name')];
  if (arn === '' || name === '') return 'unreadable';
  if (member(answer, 'DeletedDate') !== undefined) return 'marked';
  const versions = versionsIn(answer);
  const stage = versionStage ?? 'AWSCURRENT';
  const versionId = wantedId ?? [...versions].find(([, stages]) => stages.includes(stage))?.[0];
  const stages = versionId === undefined ? undefined : versions.get(versionId);
  if (stages === undefined && (wantedId ?? versionStage) !== undefined) return 'noVersion';
  const value = asJson({
    arn,
    name,
    tags: tagsIn(answer, 'Tags'),
    versionId: stages === undefined ? undefined : versionId,
    versionStages: stages,
    createdDate: dateIn(answer, 'CreatedDate'),
    lastChangedDate: dateIn(answer, 'LastChangedDate'),
    lastRotatedDate: dateIn(answer, 'LastRotatedDate'),
    nextRotationDate: dateIn(answer, 'NextRotationDate'),
  });
  return { arn, name, value, ...(versionId === undefined ? {} : { versionId }) };
}

/** What AWS knows about the parameter: GetParameters' answer, and that of ListTagsForResource; undefined where that is none. */
export function describeParameter(
  { arn, name, version, type, lastChangedDate }: ParameterAnswer,
  tags: unknown,
): SecretValue | undefined {
  if (!Array.isArray(member(tags, 'TagList'))) return undefined;
  return asJson({ arn, name, tags: tagsIn(tags, 'TagList'), version, type, lastChangedDate });
}

/** The stages of each version that DescribeSecret told of, by version id. */
export function versionsIn(answer: unknown): ReadonlyMap<string, readonly string[]> {
  const versions = member(answer, 'VersionIdsToStages');
  const ids = typeof versions === 'object' && versions !== null ? Object.keys(versions) : [];
  const stagesOf = (id: string) => listMember(versions, id).filter((stage) => typeof stage === 'string');
  return new Map(ids.map((id) => [id, stagesOf(id).toSorted()]));
}

function tagsIn(answer: unknown, list: string): Readonly<Record<string, string>> {
  const tags = listMember(answer, list).map((tag) => [textMember(tag, 'Key'), textMember(tag, 'Value')] as const);
  return Object.fromEntries(tags.toSorted(([a], [b]) => (a < b ? -1 : 1)));
}

const asJson = (document: object): SecretValue => SecretValue.ofText(JSON.stringify(document));
