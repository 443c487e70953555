/** What an entity type looks like: `air-station`. Record keys split it off at their first slash. */
export const entityTypePattern = /^[a-z][a-z0-9-]*$/;
