// Apart, so that an operator in a pod never loads it.
export { parse } from 'yaml';
