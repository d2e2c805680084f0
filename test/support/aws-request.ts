import type { IncomingHttpHeaders } from 'node:http';

/** A call to AWS, as much of it as tests want to tell apart. */
export interface AwsRequest {
  /** `secretsmanager`, `ssm` or `sts`. */
  readonly service: string;
  readonly operation: string;
  readonly region?: string;
  /** Absent when the call is not signed. */
  readonly accessKeyId?: string;
  /** The names asked for: secrets, parameters, paths, roles. */
  readonly ids: readonly string[];
  /** The members of the JSON body, or the fields of the form. */
  readonly input: Readonly<Record<string, unknown>>;
  readonly headers: IncomingHttpHeaders;
}

const SERVICES: Readonly<Record<string, string>> = { AmazonSSM: 'ssm', secretsmanager: 'secretsmanager' };
const ID_FIELDS = ['SecretId', 'SecretIdList', 'Name', 'Names', 'Path', 'RoleArn'];
const CREDENTIAL = /Credential=([^/,]+)\/\d+\/([^/]+)\/([^/]+)\//;

/** Reads what is asked, and by whom, out of a request to any of our three services. */
export function parseAwsRequest(headers: IncomingHttpHeaders, body: string): AwsRequest {
  const target = headers['x-amz-target'];
  const isJson = typeof target === 'string';
  const input = isJson ? parseJson(body) : Object.fromEntries(new URLSearchParams(body));
  const [prefix = '', action = ''] = isJson ? target.split('.') : ['', String(input.Action ?? '')];
  const [, accessKeyId, region, scope] = CREDENTIAL.exec(headers.authorization ?? '') ?? [];
  const ids = ID_FIELDS.flatMap((field) => input[field] ?? []).map(String);
  return {
    service: SERVICES[prefix] ?? scope ?? 'sts',
    operation: action,
    ids,
    input,
    headers,
    ...(region === undefined ? {} : { region }),
    ...(accessKeyId === undefined ? {} : { accessKeyId }),
  };
}

function parseJson(text: string): Record<string, unknown> {
  try {
    return JSON.parse(text);
  } catch {
    return {};
  }
}
