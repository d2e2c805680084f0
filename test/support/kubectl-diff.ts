import { runCommand } from './processes.ts';

/** What `kubectl diff` says would change if the text were applied: nothing where the cluster has it. */
export async function kubectlDiff(
  { kubectlPath, kubeconfigPath }: { readonly kubectlPath: string; readonly kubeconfigPath: string },
  text: string,
  ...args: readonly string[]
): Promise<string> {
  const env = { ...process.env, KUBECONFIG: kubeconfigPath };
  const { code, stdout, stderr } = await runCommand(kubectlPath, ['diff', ...args, '-f', '-'], { env, input: text });
  // 1 means that there is a difference; anything more, that kubectl could not tell.
  if (code === 0 || (code === 1 && stdout !== '')) return stdout;
  throw new Error(`kubectl diff ended with ${code}: ${stderr.trim()}`);
}
