// The data plane as one: catalogue, counting, placement, assignment and frontend, and what of a published change reaches which.
import {
  type Assignment,
  type AssignmentDeps,
  createAdaptiveKeepAlive,
  createAssignment,
  createFixedKeepAlive,
} from "./assignment/assignment.ts";
import { type Catalogue, createCatalogue } from "./catalogue/catalogue.ts";
import { type Counting, createCounting } from "./counting/counting.ts";
import { createFrontend, type Frontend } from "./frontend/frontend.ts";
import { createPlacement, type Placement } from "./placement/placement.ts";
import type { Feed } from "../feed/feed.ts";
import type { Clock } from "../foundation/clock.ts";
import type { AsyncEvent } from "../model/async-event.ts";
import { NO_CONCURRENCY } from "../model/concurrency.ts";
import { deploymentId } from "../model/function-version.ts";

/** What the data plane stands on. */
export interface DataPlaneDeps {
  readonly clock: Clock;
  readonly random: () => number;
  readonly feed: Feed;
  readonly keepAlive: "fixed" | "adaptive";
  /** Each account's pool in each region. */
  readonly concurrentExecutions: (accountId: string, region: string) => number;
  readonly issueCredentials: AssignmentDeps["issueCredentials"];
  /** Takes in an asynchronous invocation; resolves when it can't be lost any more. */
  readonly acceptEvent: (event: AsyncEvent) => Promise<void>;
  readonly onFault: (error: unknown) => void;
}

/** The parts that others need. */
export interface DataPlane {
  /** Where the control plane publishes to: each change reaches the catalogue first, then whom it concerns. */
  readonly publication: Catalogue;
  readonly counting: Counting;
  readonly placement: Placement;
  readonly assignment: Assignment;
  readonly frontend: Frontend;
}

/** The data plane without functions and workers: what services have, and what the simulator runs. */
export function createDataPlane(deps: DataPlaneDeps): DataPlane {
  const { clock, random, concurrentExecutions } = deps;
  const catalogue = createCatalogue();
  const counting = createCounting({ clock, concurrentExecutions });
  const placement = createPlacement({ clock, random });
  const assignment = createAssignment({
    ...deps,
    placement,
    keepAlive: deps.keepAlive === "adaptive" ? createAdaptiveKeepAlive() : createFixedKeepAlive(),
    admitStart: (key) => counting.admitStart(key),
    isCurrent: (deployment) => catalogue.isCurrent(deployment),
    onProvisionedReady: (key, qualifier, ready) => counting.provisionedReady(key, qualifier, ready),
  });
  const frontend = createFrontend({ ...deps, catalogue, counting, assignment });
  return {
    publication: publicationTo({ catalogue, counting, assignment }),
    counting,
    placement,
    assignment,
    frontend,
  };
}

function publicationTo({
  catalogue,
  counting,
  assignment,
}: {
  catalogue: Catalogue;
  counting: Counting;
  assignment: Assignment;
}): Catalogue {
  type Key = Parameters<Catalogue["concurrency"]>[0];
  const provision = (key: Key): void => assignment.provision(key, catalogue.provisionedTargets(key));
  return {
    ...catalogue,
    publish(version) {
      catalogue.publish(version);
      const runnable = catalogue.runnable(version, version.version);
      // A published version is another deployment only where its code is run where it lies.
      if (runnable === version && (version.version === "$LATEST" || version.code.localPath !== undefined))
        assignment.retire(version, { version: version.version, except: deploymentId(version) });
      provision(version);
    },
    remove(key, version) {
      catalogue.remove(key, version);
      if (version === undefined) counting.configure(key, NO_CONCURRENCY);
      assignment.retire(key, version === undefined ? {} : { version });
      provision(key);
    },
    publishAlias(alias) {
      catalogue.publishAlias(alias);
      provision(alias);
    },
    removeAlias(key, name) {
      catalogue.removeAlias(key, name);
      provision(key);
    },
    publishConcurrency(key, concurrency) {
      catalogue.publishConcurrency(key, concurrency);
      counting.configure(key, concurrency);
      provision(key);
    },
  };
}
