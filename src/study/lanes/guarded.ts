// A file of its own because both training.ts and compiled-step.ts need it.

/** Something that must be closed. */
export interface Closable {
  close(): void;
}

/**
 * Opens several resources as one: `open` passes each to `own` as soon as it is there. If a later one fails,
 * those opened before it are closed, the last first, and the error is thrown.
 */
export function guarded<Result>(
  open: (own: <Resource extends Closable>(resource: Resource) => Resource) => Result,
): Result {
  const opened: Closable[] = [];
  try {
    return open((resource) => {
      opened.push(resource);
      return resource;
    });
  } catch (error) {
    for (const resource of opened.reverse()) {
      resource.close();
    }
    throw error;
  }
}
