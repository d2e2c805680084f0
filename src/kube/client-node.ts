// All that is taken from client-node. A file of its own in the bundle, too: in a pod it is never loaded, and its text alone is 2.5 MB.
export { KubeConfig } from '@kubernetes/client-node/dist/config.js';
