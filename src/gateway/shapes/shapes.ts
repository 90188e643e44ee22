// The services' shapes as tables: operations, structures and errors, generated from the AWS SDK's own schemas.
import { readFileSync } from "node:fs";

/** A member or list element: its type and where it stands on the wire. A type starting with `#` names a structure. */
export interface Shape {
  readonly type: string;
  readonly of?: Shape;
  readonly httpLabel?: unknown;
  readonly httpQuery?: string;
  readonly httpHeader?: string;
  readonly httpPayload?: unknown;
  readonly httpResponseCode?: unknown;
  /** A stream of events, as the union of them that it names. */
  readonly streaming?: unknown;
  /** The bytes of an event. */
  readonly eventPayload?: unknown;
  readonly jsonName?: string;
  readonly xmlName?: string;
}

/** The members of a structure by name. */
export type Structure = Readonly<Record<string, Shape>>;

/** An operation's place on the wire and the names of its structures. */
export interface OperationShape {
  readonly method?: string;
  readonly path?: string;
  readonly status?: number;
  readonly input: string;
  readonly output: string;
}

/** One service's tables. */
export interface ServiceShapes {
  readonly operations: Readonly<Record<string, OperationShape>>;
  readonly shapes: Readonly<Record<string, Structure>>;
}

/** Reads a service's table; throws if there is none (a fault of ours). */
export function loadShapes(service: string): ServiceShapes {
  const file = new URL(`./${service}.generated.json`, import.meta.url);
  return JSON.parse(readFileSync(file, "utf8")) as ServiceShapes;
}

/** The structure that a type such as `#FunctionCode` names. */
export function structureOf(shapes: ServiceShapes, type: string): Structure {
  return shapes.shapes[type.slice(1)] ?? {};
}
