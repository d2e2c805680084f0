/** The status with the patch: `null` takes a field away, and any other value takes its whole place. */
export function patchStatus<S extends object>(status: S, patch: { readonly [Field in keyof S]?: S[Field] | null }): S {
  const patched = { ...status };
  for (const [field, value] of Object.entries(patch)) {
    if (value === null) Reflect.deleteProperty(patched, field);
    else Reflect.set(patched, field, value);
  }
  return patched;
}
