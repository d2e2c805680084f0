import { SEED_KEYS } from './aws.ts';
import type { SampleEvent } from './events.ts';

// moto's CloudFormation and EventBridge, which check no signatures: what is asked of them here is too little for a client of each.

const signature = (service: string, region: string): string =>
  `AWS4-HMAC-SHA256 Credential=${SEED_KEYS.accessKeyId}/20260101/${region}/${service}/aws4_request, SignedHeaders=host, Signature=0`;

async function call(endpoint: string, service: string, region: string, init: RequestInit): Promise<string> {
  const headers = { ...init.headers, authorization: signature(service, region) };
  const response = await fetch(endpoint, { method: 'POST', ...init, headers });
  const text = await response.text();
  if (response.status !== 200) throw new Error(`${service} answers ${response.status}: ${text}`);
  return text;
}

/** Makes a stack of a template, with what it makes. */
export async function createStack(
  endpoint: string,
  region: string,
  stack: { readonly name: string; readonly template: string; readonly parameters: Readonly<Record<string, string>> },
): Promise<void> {
  const { name, template, parameters } = stack;
  const form = new URLSearchParams({
    Action: 'CreateStack',
    Version: '2010-05-15',
    StackName: name,
    TemplateBody: template,
    'Capabilities.member.1': 'CAPABILITY_IAM',
  });
  for (const [index, [key, value]] of Object.entries(parameters).entries()) {
    form.set(`Parameters.member.${index + 1}.ParameterKey`, key);
    form.set(`Parameters.member.${index + 1}.ParameterValue`, value);
  }
  await call(endpoint, 'cloudformation', region, { body: form });
}

/** Has the events come on the default bus of the Region, as if AWS had sent them; time and account are moto's. */
export async function putEvents(endpoint: string, region: string, events: readonly SampleEvent[]): Promise<void> {
  const headers = { 'content-type': 'application/x-amz-json-1.1', 'x-amz-target': 'AWSEvents.PutEvents' };
  for (const event of events) {
    const { source, 'detail-type': type, resources, detail } = event;
    const entry = { Source: source, DetailType: type, Resources: resources, Detail: JSON.stringify(detail) };
    await call(endpoint, 'events', region, { headers, body: JSON.stringify({ Entries: [entry] }) });
  }
}
