// Why a target is missed, by the row's id: written by whoever looked into it, shown beside the figures.

/** In words, for `latest.json`. */
export const reasons: Readonly<Record<string, string>> = {};
