// Which Node this is, and what AWS's runtime of that version still offers.

/** @type {number} */
export const NODE_MAJOR = Number.parseInt(process.versions.node, 10);

/** Until Node 22 handlers may answer by callback; AWS's nodejs24.x refuses them. */
export const HAS_CALLBACKS = NODE_MAJOR < 24;
