// What Hearth shows of one account: its events and environments, and nothing of another's. Pure.
import type { FeedEvent } from "../feed/feed.ts";

/** A deployment's id begins with its account. */
const isOf = (accountId: string, deploymentId: string): boolean => deploymentId.startsWith(`${accountId}/`);

/** Those about the account's functions. What happens to workers and pools, or tells no function, is nobody's. */
export function eventsOf<Event extends FeedEvent>(accountId: string, events: readonly Event[]): readonly Event[] {
  return events.filter((it: FeedEvent) => {
    if ("accountId" in it) return it.accountId === accountId;
    return "deploymentId" in it && isOf(accountId, it.deploymentId);
  });
}

/** Those that run the account's functions. */
export function environmentsOf<Environment extends { readonly deploymentId: string }>(
  accountId: string,
  environments: readonly Environment[],
): readonly Environment[] {
  return environments.filter((it) => isOf(accountId, it.deploymentId));
}
