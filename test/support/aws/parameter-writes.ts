import type { Call } from './call.ts';
import { numberOf, requiredText, tagsOf, textOf, textsOf } from './input.ts';
import { type Parameter, type ParameterShelf, type ParameterType, parameterArn } from './parameter.ts';
import { demandParameter } from './parameter-reads.ts';
import { Refusal } from './refusal.ts';

const MAX_VERSIONS = 100;

function put(shelf: ParameterShelf, call: Call): object {
  const { caller, region, input, nowMs } = call;
  const name = requiredText(input, 'Name');
  if (/^\/?aws/i.test(name)) {
    throw new Refusal('AccessDeniedException', `No access to reserved parameter name: ${name}.`);
  }
  const before = shelf.find(name, caller.account, region);
  demandParameter(call, 'PutParameter', name, before);
  if (before !== undefined && input.Overwrite !== true) {
    throw new Refusal(
      'ParameterAlreadyExists',
      'The parameter already exists. To overwrite this value, set the overwrite option in the request to true.',
    );
  }
  const parameter: Parameter = before ?? {
    name,
    arn: parameterArn(caller.account, region, name),
    tier: textOf(input, 'Tier') ?? 'Standard',
    versions: [],
    tags: new Map(tagsOf(input)),
    sharedWith: new Set(),
  };
  const version = (parameter.versions.at(-1)?.version ?? 0) + 1;
  const type = typeOf(textOf(input, 'Type') ?? parameter.versions.at(-1)?.type);
  const value = requiredText(input, 'Value');
  parameter.versions.push({
    version,
    value,
    type,
    modifiedMs: nowMs,
    keyArn: textOf(input, 'KeyId'),
    labels: new Set(),
  });
  if (parameter.versions.length > MAX_VERSIONS) parameter.versions.shift();
  shelf.put(caller.account, region, parameter);
  return { Version: version, Tier: parameter.tier };
}

function typeOf(text: string | undefined): ParameterType {
  if (text === 'String' || text === 'StringList' || text === 'SecureString') return text;
  throw new Refusal('ValidationException', 'A parameter type is required when you create a parameter.');
}

function label(shelf: ParameterShelf, call: Call): object {
  const parameter = found(shelf, call, 'LabelParameterVersion', 'Name');
  const version = numberOf(call.input, 'ParameterVersion') ?? parameter.versions.at(-1)?.version;
  const labels = textsOf(call.input, 'Labels');
  for (const each of parameter.versions) {
    for (const one of labels) each.labels.delete(one);
  }
  const labelled = parameter.versions.find((each) => each.version === version);
  for (const one of labels) labelled?.labels.add(one);
  return { InvalidLabels: [], ParameterVersion: version };
}

function found(shelf: ParameterShelf, call: Call, action: string, field: string): Parameter {
  const name = requiredText(call.input, field);
  const parameter = shelf.find(name, call.caller.account, call.region);
  demandParameter(call, action, name, parameter);
  if (parameter === undefined) throw new Refusal('ParameterNotFound');
  return parameter;
}

/** The operations of Parameter Store with which tests arrange the world. */
export const parameterWrites = (shelf: ParameterShelf): Readonly<Record<string, (call: Call) => object>> => ({
  PutParameter: (call) => put(shelf, call),
  LabelParameterVersion: (call) => label(shelf, call),
  AddTagsToResource: (call) => {
    const parameter = found(shelf, call, 'AddTagsToResource', 'ResourceId');
    for (const [key, value] of tagsOf(call.input)) parameter.tags.set(key, value);
    return {};
  },
  DeleteParameter: (call) => {
    const { name } = found(shelf, call, 'DeleteParameter', 'Name');
    shelf.remove(call.caller.account, call.region, name);
    return {};
  },
});
