import { API_VERSION } from '../../src/api/names.ts';

/** Where the API server has our kinds. */
export const API = `/apis/${API_VERSION}`;
