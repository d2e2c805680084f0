/** A whole HTTP answer. */
export interface AwsAnswer {
  readonly status: number;
  readonly body: string;
  readonly headers?: Readonly<Record<string, string>>;
}

/** An error of Secrets Manager or Parameter Store, in their JSON 1.1 protocol. */
export const jsonError = (type: string, message: string, status = 400): AwsAnswer => ({
  status,
  body: JSON.stringify({ __type: type, message }),
  headers: { 'content-type': 'application/x-amz-json-1.1' },
});

/** An error of STS, in its XML. */
export const stsError = (code: string, message: string, status = 400): AwsAnswer => ({
  status,
  body: `<ErrorResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/">
  <Error>
    <Type>${status < 500 ? 'Sender' : 'Receiver'}</Type>
    <Code>${code}</Code>
    <Message>${message.replaceAll('&', '&amp;').replaceAll('<', '&lt;')}</Message>
  </Error>
  <RequestId>00000000-0000-4000-8000-000000000000</RequestId>
</ErrorResponse>
`,
  headers: { 'content-type': 'text/xml' },
});

/** As AWS words it. */
export const throttled = (): AwsAnswer => jsonError('ThrottlingException', 'Rate exceeded');

/** 500 of the service's own. */
export const internalError = (): AwsAnswer => jsonError('InternalServiceError', 'An internal error occurred.', 500);

/** 503, as a load balancer gives it: no JSON. */
export const unavailable = (): AwsAnswer => ({
  status: 503,
  body: '<html><body><b>Http/1.1 Service Unavailable</b></body> </html>',
  headers: { 'content-type': 'text/html' },
});

/** A missing grant, as IAM words it. */
export const accessDenied = (action: string, resource: string, roleArn: string): AwsAnswer => {
  const session = roleArn.replace(':iam:', ':sts:').replace(':role/', ':assumed-role/');
  const who = `User: ${session}/session is not authorized to perform: ${action} on resource: ${resource}`;
  return jsonError('AccessDeniedException', `${who} because no identity-based policy allows the ${action} action`);
};
