// RFC 3339, as the API server reads it.
const DATE_TIME =
  /^\d{4}-(?:0\d|1[0-2])-(?:[0-2]\d|3[01])t(?:[01]\d|2[0-3]):[0-5]\d:[0-5]\d(?:\.\d+)?(?:z|[+-]\d\d:\d\d)$/i;

/** The formats that the schemas name. */
export const formats = {
  'date-time': DATE_TIME,
  int64: { type: 'number', validate: (value: number) => Math.abs(value) < 2 ** 63 },
} as const;
