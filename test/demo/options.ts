import { existsSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { Failure } from '../support/failure.ts';

export interface DemoOptions {
  readonly help: boolean;
  /** Ends by itself, with a code that says whether everything really happened. */
  readonly exit: boolean;
  readonly kubeconfig?: string;
  readonly awsEndpoint?: string;
}

export const HELP = `The Keyferry demo: a secret in AWS becomes a Kubernetes Secret, stays fresh, and its workload restarts.

  npm run demo                            on a control plane and an AWS of its own, up until Ctrl-C
  npm run demo -- --exit                  ends by itself; exit code 0 only if each step really happened
  npm run demo -- --kubeconfig FILE       on a cluster that exists (kind, say: see test/kind.yaml)
  npm run demo -- --aws-endpoint URL      on an AWS stand-in that exists (moto, LocalStack)
  npm run demo -- --help                  this text

A cluster that exists gets back what it had: the namespace shop and the CRDs go at the end.
`;

const badArguments = (message: string): Failure => new Failure(`${message}; see npm run demo -- --help`, 2);

/** Reads the flags; a flag that is not known is an error that names it. */
export function parseOptions(args: readonly string[]): DemoOptions {
  const { help, exit, kubeconfig, 'aws-endpoint': awsEndpoint } = readFlags(args);
  if (kubeconfig !== undefined && !existsSync(kubeconfig)) {
    throw badArguments(`--kubeconfig: there is no file ${kubeconfig}`);
  }
  if (awsEndpoint !== undefined && !/^https?:$/.test(URL.parse(awsEndpoint)?.protocol ?? '')) {
    throw badArguments(`--aws-endpoint: want a URL such as http://127.0.0.1:5000, got ${awsEndpoint}`);
  }
  return {
    help: help ?? false,
    exit: exit ?? false,
    ...(kubeconfig === undefined ? {} : { kubeconfig }),
    ...(awsEndpoint === undefined ? {} : { awsEndpoint }),
  };
}

function readFlags(args: readonly string[]) {
  try {
    return parseArgs({
      args: [...args],
      options: {
        help: { type: 'boolean', short: 'h' },
        exit: { type: 'boolean' },
        kubeconfig: { type: 'string' },
        'aws-endpoint': { type: 'string' },
      },
    }).values;
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    const unknown = /Unknown option '([^']+)'/.exec(message)?.[1] ?? /Unexpected argument '([^']+)'/.exec(message)?.[1];
    throw badArguments(unknown === undefined ? message : `unknown flag ${unknown}`);
  }
}
